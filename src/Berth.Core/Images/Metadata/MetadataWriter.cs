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

        yaml.AppendLine(metadata.Properties.IsEmpty ? "properties: {}" : "properties:");
        foreach (var (key, value) in metadata.Properties)
        {
            yaml.Append("  ").Append(Quote(key)).Append(": ").AppendLine(Quote(value));
        }

        return Encoding.UTF8.GetBytes(yaml.ToString());
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
