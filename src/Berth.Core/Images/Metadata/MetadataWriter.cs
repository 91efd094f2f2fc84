using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Berth.Core.Images.Metadata;

/// <summary>Writes metadata.yaml, every text quoted, so that no value is read as something else.</summary>
internal static class MetadataWriter
{
    public static byte[] Write(ImageMetadata metadata)
    {
        var yaml = new StringBuilder();
        yaml.Append("architecture: ").AppendLine(Quote(metadata.Architecture));
        yaml.Append("creation_date: ").AppendLine(metadata.CreatedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        if (metadata.ExpiresAt > DateTimeOffset.UnixEpoch)
        {
            yaml.Append("expiry_date: ").AppendLine(metadata.ExpiresAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        }

        Write(yaml, "", metadata.Properties);
        foreach (var (path, template) in metadata.Templates)
        {
            Write(yaml, path, template, first: path == metadata.Templates.Keys.First());
        }

        return Encoding.UTF8.GetBytes(yaml.ToString());
    }

    private static void Write(StringBuilder yaml, string indent, ImmutableSortedDictionary<string, string> properties)
    {
        yaml.Append(indent).AppendLine(properties.IsEmpty ? "properties: {}" : "properties:");
        foreach (var (key, value) in properties)
        {
            yaml.Append(indent).Append("  ").Append(Quote(key)).Append(": ").AppendLine(Quote(value));
        }
    }

    private static void Write(StringBuilder yaml, string path, ImageTemplate template, bool first)
    {
        if (first)
        {
            yaml.AppendLine("templates:");
        }

        yaml.Append("  ").Append(Quote(path)).AppendLine(":");
        yaml.Append("    template: ").AppendLine(Quote(template.Template));
        yaml.Append("    when: [").AppendJoin(", ", template.When.Select(Quote)).AppendLine("]");
        yaml.Append("    create_only: ").AppendLine(template.CreateOnly ? "true" : "false");
        foreach (var (key, value) in new[] { ("uid", template.Uid), ("gid", template.Gid), ("mode", template.Mode) }.Where(f => f.Item2.Length > 0))
        {
            yaml.Append("    ").Append(key).Append(": ").AppendLine(Quote(value));
        }

        Write(yaml, "    ", template.Properties);
    }

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                _ when char.IsControl(c) => $"\\x{(int)c:x2}",
                _ => c.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }
}
