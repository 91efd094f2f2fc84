using System.Globalization;
using System.Text;
using Berth.Core.Images.Metadata;
using Berth.Core.Profiles;

namespace Berth.Core.Instances.Templates;

/// <summary>Makes the files of a container that come from its image's templates, before it starts.</summary>
public sealed class TemplateApplier(InstanceMetadata metadata, ProfileService profiles)
{
    /// <summary>
    /// Applies what is due: the templates for the start, and those that its creation or copying left to the first start.
    /// </summary>
    /// <param name="openFiles">Opens the files; only called when there is something to do.</param>
    /// <returns>The record without what has been done.</returns>
    /// <exception cref="BerthException">BadRequest: a template cannot be used; the message names it.</exception>
    public async Task<InstanceRecord> ApplyAsync(InstanceRecord record, Func<Task<IStoppedFiles>> openFiles, CancellationToken cancel)
    {
        var pending = record.Config.GetValueOrDefault(InstanceMetadata.PendingKey);
        if (record.Kind == InstanceKind.Container)
        {
            var all = (await metadata.ReadAsync(record, cancel)).Templates;
            var due = new[] { pending, "start" }
                .OfType<string>()
                .SelectMany(trigger => all.Where(t => t.Value.When.Contains(trigger)).Select(t => (Trigger: trigger, Path: t.Key, Template: t.Value)))
                .ToList();
            if (due.Count > 0)
            {
                await using var files = await openFiles();
                foreach (var (trigger, path, template) in due)
                {
                    await ApplyAsync(record, files, trigger, path, template, cancel);
                }
            }
        }

        return pending is null ? record : record with { Config = record.Config.Remove(InstanceMetadata.PendingKey) };
    }

    /// <exception cref="BerthException">BadRequest: they are no numbers.</exception>
    internal static FileOwnership OwnershipOf(string path, ImageTemplate template)
    {
        var mode = template.Mode.StartsWith("0o", StringComparison.Ordinal) ? template.Mode[2..] : template.Mode;
        return mode.All(c => c is >= '0' and <= '7') && mode.Length <= 5
            ? new(Id("uid", template.Uid), Id("gid", template.Gid), mode.Length == 0 ? 0x1A4 /* 0644 */ : Convert.ToUInt32(mode, 8) & 0x1FF)
            : throw BerthException.BadRequest($"The template of {path} has the mode \"{template.Mode}\", which is no octal number");

        uint Id(string what, string text) =>
            text.Length == 0 ? 0
            : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
            : throw BerthException.BadRequest($"The template of {path} has the {what} \"{text}\", which is no number");
    }

    private async Task ApplyAsync(InstanceRecord record, IInstanceFiles files, string trigger, string path, ImageTemplate template, CancellationToken cancel)
    {
        var present = await FindAsync(files, path, cancel);
        if (present is not null && template.CreateOnly)
        {
            return;
        }

        string text;
        try
        {
            var source = Encoding.UTF8.GetString(await metadata.ReadTemplateAsync(record.Id, template.Template, cancel));
            var config = profiles.Expand(record).Config;
            text = Template.Render(source, Variables(record, trigger, path, template), key => config.GetValueOrDefault(key));
        }
        catch (TemplateException e)
        {
            throw new BerthException(ErrorKind.BadRequest, $"The template {template.Template} of {record.Id} cannot be applied to {path}: {e.Message}", e);
        }

        await MakeParentsAsync(files, path, cancel);
        await files.WriteAsync(
            path, new MemoryStream(Encoding.UTF8.GetBytes(text)), present is null ? OwnershipOf(path, template) : new FileOwnership(), append: false, cancel);
    }

    private SortedDictionary<string, object?> Variables(InstanceRecord record, string trigger, string path, ImageTemplate template)
    {
        var expanded = profiles.Expand(record);
        var instance = Map(
        [
            new("name", record.Name),
            new("type", "container"),
            new("architecture", record.Architecture),
            new("ephemeral", record.Ephemeral ? "true" : "false"),
            new("privileged", ConfigCatalogue.IsTrue(expanded.Config.GetValueOrDefault("security.privileged")) ? "true" : "false"),
        ]);
        var devices = new SortedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, device) in expanded.Devices)
        {
            devices[name] = Map(device);
        }

        return new(StringComparer.Ordinal)
        {
            ["trigger"] = trigger,
            ["path"] = path,
            ["instance"] = instance,
            ["container"] = instance,
            ["config"] = Map(expanded.Config),
            ["devices"] = devices,
            ["properties"] = Map(template.Properties),
        };
    }

    private static SortedDictionary<string, object?> Map(IEnumerable<KeyValuePair<string, string>> entries)
    {
        var map = new SortedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (key, value) in entries)
        {
            map[key] = value;
        }

        return map;
    }

    private static async Task MakeParentsAsync(IInstanceFiles files, string path, CancellationToken cancel)
    {
        for (var slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            await files.CreateDirectoryAsync(path[..slash], new FileOwnership(), cancel);
        }
    }

    private static async Task<FileEntry?> FindAsync(IInstanceFiles files, string path, CancellationToken cancel)
    {
        try
        {
            return await files.StatAsync(path, cancel);
        }
        catch (BerthException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }
}
