using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Berth.Core.Images.Metadata;

/// <summary>Reads metadata.yaml (Incus, «Image format»).</summary>
internal static class MetadataReader
{
    /// <exception cref="BerthException">BadRequest, saying what is wrong.</exception>
    public static ImageMetadata Read(ReadOnlySpan<byte> yaml)
    {
        try
        {
            return YamlTree.Parse(Encoding.UTF8.GetString(yaml)) is Dictionary<string, object> map
                ? Read(map)
                : throw new InvalidDataException("it is not a map");
        }
        catch (InvalidDataException e)
        {
            throw new BerthException(ErrorKind.BadRequest, $"the image's metadata.yaml cannot be used: {e.Message}", e);
        }
    }

    private static ImageMetadata Read(Dictionary<string, object> map) => new()
    {
        Architecture = Text(map, "architecture"),
        CreatedAt = Time(map, "creation_date"),
        ExpiresAt = Time(map, "expiry_date"),
        Properties = Properties(map),
    };

    private static string Text(Dictionary<string, object> map, string key) => map.GetValueOrDefault(key) switch
    {
        null => "",
        string text => text,
        _ => throw new InvalidDataException($"{key} is no text"),
    };

    private static DateTimeOffset Time(Dictionary<string, object> map, string key)
    {
        var text = Text(map, key);
        if (text.Length == 0)
        {
            return DateTimeOffset.UnixEpoch;
        }

        const long latest = 253402300799;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= latest
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw new InvalidDataException($"{key} is \"{text}\" and not seconds since 1970");
    }

    private static ImmutableSortedDictionary<string, string> Properties(Dictionary<string, object> map)
    {
        if (map.GetValueOrDefault("properties") is not { } value || value is string { Length: 0 })
        {
            return ImmutableSortedDictionary<string, string>.Empty;
        }

        var properties = value as Dictionary<string, object> ?? throw new InvalidDataException("properties is not a map");
        return properties.ToImmutableSortedDictionary(
            pair => pair.Key,
            pair => pair.Value as string ?? throw new InvalidDataException($"the property {pair.Key} is no text"),
            StringComparer.Ordinal);
    }
}
