using System.Collections.Immutable;
using Berth.Core.Images;
using Berth.Core.Images.Metadata;

namespace Berth.Core.Instances.Templates;

/// <summary>
/// What an instance keeps of its image beside its root: metadata.yaml and the templates. An instance has its own copy, which can be
/// changed; it goes with the instance's directory.
/// </summary>
public sealed class InstanceMetadata(HostLayout layout, ImageStore images)
{
    /// <summary>Which templates are to be applied at the next start besides those for the start.</summary>
    public const string PendingKey = "volatile.apply_template";

    /// <summary>Gives a new instance its image's metadata; the record says what is to be applied.</summary>
    public async Task<InstanceRecord> ProvideFromImageAsync(InstanceRecord record, CancellationToken cancel)
    {
        if (record.Image.Length == 0 || await ImageTemplateReader.ReadAsync(images, images.FindAnywhere(record.Image), cancel) is not { } found)
        {
            return record;
        }

        Directory.CreateDirectory(TemplatesOf(record.Id), Private);
        await ReplaceAsync(MetadataOf(record.Id), found.Metadata, cancel);
        foreach (var (name, content) in found.Templates)
        {
            await ReplaceAsync(Path.Combine(TemplatesOf(record.Id), name), content, cancel);
        }

        return Pending(record, "create");
    }

    /// <summary>Gives a copy what its source has.</summary>
    public async Task<InstanceRecord> ProvideCopyAsync(InstanceRecord source, InstanceRecord copy, CancellationToken cancel)
    {
        if (!File.Exists(MetadataOf(source.Id)))
        {
            return copy;
        }

        Directory.CreateDirectory(TemplatesOf(copy.Id), Private);
        await ReplaceAsync(MetadataOf(copy.Id), await File.ReadAllBytesAsync(MetadataOf(source.Id), cancel), cancel);
        foreach (var name in Templates(source.Id))
        {
            await ReplaceAsync(Path.Combine(TemplatesOf(copy.Id), name), await File.ReadAllBytesAsync(Path.Combine(TemplatesOf(source.Id), name), cancel), cancel);
        }

        return Pending(copy, "copy");
    }

    /// <summary>An instance has another name now: the record says what is to be applied, unless more is due anyway.</summary>
    public InstanceRecord Renamed(InstanceRecord old, InstanceRecord renamed) =>
        old.Kind == InstanceKind.Container && Templates(old.Id).Count > 0 && !old.Config.ContainsKey(PendingKey)
            ? renamed with { Config = renamed.Config.SetItem(PendingKey, "rename") }
            : renamed;

    /// <summary>Undoes the providing of an instance that was not made in the end.</summary>
    public void Remove(InstanceId id)
    {
        if (Directory.Exists(layout.InstanceDirectory(id.Key)))
        {
            Directory.Delete(layout.InstanceDirectory(id.Key), recursive: true);
        }
    }

    /// <summary>What metadata.yaml says; of an instance that has none, what its record tells.</summary>
    /// <exception cref="BerthException">BadRequest: somebody broke the file.</exception>
    public async Task<ImageMetadata> ReadAsync(InstanceRecord record, CancellationToken cancel) =>
        File.Exists(MetadataOf(record.Id))
            ? MetadataReader.Read(await File.ReadAllBytesAsync(MetadataOf(record.Id), cancel))
            : new()
            {
                Architecture = record.Architecture,
                CreatedAt = record.CreatedAt,
                Properties = record.Config.Where(c => c.Key.StartsWith("image.", StringComparison.Ordinal))
                    .ToImmutableSortedDictionary(c => c.Key["image.".Length..], c => c.Value, StringComparer.Ordinal),
            };

    /// <exception cref="BerthException">BadRequest: a template has no name that a file can have, or an owner or mode that is no number.</exception>
    public async Task WriteAsync(InstanceRecord record, ImageMetadata metadata, CancellationToken cancel)
    {
        foreach (var (path, template) in metadata.Templates)
        {
            RequireName(template.Template);
            if (!path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal))
            {
                throw BerthException.BadRequest($"The template's target \"{path}\" is not an absolute path");
            }

            TemplateApplier.OwnershipOf(path, template);
        }

        Directory.CreateDirectory(TemplatesOf(record.Id), Private);
        await ReplaceAsync(MetadataOf(record.Id), MetadataWriter.Write(metadata), cancel);
    }

    /// <summary>Names of the templates that there are.</summary>
    public IReadOnlyList<string> Templates(InstanceId id) =>
        Directory.Exists(TemplatesOf(id)) ? [.. Directory.GetFiles(TemplatesOf(id)).Select(p => Path.GetFileName(p)).Where(n => !n.EndsWith(NewSuffix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)] : [];

    /// <exception cref="BerthException">NotFound; BadRequest: no name of a template.</exception>
    public Task<byte[]> ReadTemplateAsync(InstanceId id, string name, CancellationToken cancel) => File.ReadAllBytesAsync(Existing(id, name), cancel);

    /// <summary>Makes a template, or replaces it.</summary>
    /// <exception cref="BerthException">BadRequest: no name of a template.</exception>
    public async Task WriteTemplateAsync(InstanceId id, string name, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        RequireName(name);
        Directory.CreateDirectory(TemplatesOf(id), Private);
        await ReplaceAsync(Path.Combine(TemplatesOf(id), name), content, cancel);
    }

    /// <exception cref="BerthException">NotFound; BadRequest: no name of a template.</exception>
    public void DeleteTemplate(InstanceId id, string name) => File.Delete(Existing(id, name));

    private const string NewSuffix = ".berth-new";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private InstanceRecord Pending(InstanceRecord record, string trigger) =>
        record.Kind == InstanceKind.Container && Templates(record.Id).Count > 0
            ? record with { Config = record.Config.SetItem(PendingKey, trigger) }
            : record;

    private static void RequireName(string name)
    {
        if (!ImageTemplateReader.IsTemplateName(name) || name.EndsWith(NewSuffix, StringComparison.Ordinal))
        {
            throw BerthException.BadRequest($"Invalid template name \"{name}\": give the name of a file, without directories");
        }
    }

    private static async Task ReplaceAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        await File.WriteAllBytesAsync(path + NewSuffix, content, cancel);
        File.Move(path + NewSuffix, path, overwrite: true);
    }

    private string Existing(InstanceId id, string name)
    {
        RequireName(name);
        var path = Path.Combine(TemplatesOf(id), name);
        return File.Exists(path)
            ? path
            : throw BerthException.NotFound($"The instance {id} has no template \"{name}\"; available: {string.Join(", ", Templates(id).DefaultIfEmpty("none"))}");
    }

    private string MetadataOf(InstanceId id) => Path.Combine(layout.InstanceDirectory(id.Key), "metadata.yaml");

    private string TemplatesOf(InstanceId id) => Path.Combine(layout.InstanceDirectory(id.Key), "templates");
}
