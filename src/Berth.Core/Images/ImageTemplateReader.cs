using Berth.Core.Images.Archives;
using Berth.Core.Images.Metadata;

namespace Berth.Core.Images;

/// <summary>Takes metadata.yaml and the templates out of an image's file.</summary>
public static class ImageTemplateReader
{
    private const string MetadataName = "metadata.yaml";
    private const string Folder = "templates/";
    private const int MostTemplates = 256;

    /// <returns>The bytes of metadata.yaml and of the templates that it names; null where the image has no metadata.yaml.</returns>
    public static async Task<(byte[] Metadata, Dictionary<string, byte[]> Templates)?> ReadAsync(ImageStore store, ImageRecord image, CancellationToken cancel)
    {
        var file = image.Files.FirstOrDefault(f => f.Kind is ImageContentKind.MetadataTarball or ImageContentKind.UnifiedTree or ImageContentKind.UnifiedDisk);
        if (file is null)
        {
            return null;
        }

        byte[]? metadata = null;
        HashSet<string>? wanted = null;
        var templates = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        await using var stream = ArchiveStream.Open(store.FilePath(image.Fingerprint, file.Name), Compression.Named(file.Compression));
        using var tar = new TarReader(stream);

        // The templates usually stand before the root: then the root need not be read.
        while ((wanted is null || wanted.Count > 0) && await tar.NextAsync(cancel) is { } entry)
        {
            var name = entry.Path.StartsWith("./", StringComparison.Ordinal) ? entry.Path[2..] : entry.Path;
            if (entry.Kind != TarEntryKind.File || entry.Size > YamlTree.MaxBytes)
            {
                continue;
            }

            if (name == MetadataName)
            {
                metadata = await ReadAsync(tar, cancel);
                wanted = [.. MetadataReader.Read(metadata).Templates.Values.Select(t => t.Template).Except(templates.Keys)];
            }
            else if (name.StartsWith(Folder, StringComparison.Ordinal) && IsTemplateName(name[Folder.Length..]) && templates.Count < MostTemplates)
            {
                templates[name[Folder.Length..]] = await ReadAsync(tar, cancel);
                wanted?.Remove(name[Folder.Length..]);
            }
        }

        return metadata is null ? null : (metadata, templates);
    }

    /// <summary>Whether a text can be the name of a template: of a file, not of a path.</summary>
    public static bool IsTemplateName(string name) =>
        name.Length is > 0 and <= 255 && name is not ("." or "..") && !name.Contains('/', StringComparison.Ordinal) && !name.Any(char.IsControl);

    private static async Task<byte[]> ReadAsync(TarReader tar, CancellationToken cancel)
    {
        var content = new MemoryStream();
        var buffer = new byte[8192];
        while (await tar.ReadDataAsync(buffer, cancel) is > 0 and var n)
        {
            content.Write(buffer, 0, n);
        }

        return content.ToArray();
    }
}
