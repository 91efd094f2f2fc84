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
        Properties = Properties(map, "properties"),
        Templates = Templates(map),
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

    private static ImmutableSortedDictionary<string, string> Properties(Dictionary<string, object> map, string key) =>
        Map(map, key).ToImmutableSortedDictionary(
            pair => pair.Key,
            pair => pair.Value as string ?? throw new InvalidDataException($"the property {pair.Key} is no text"),
            StringComparer.Ordinal);

    private static Dictionary<string, object> Map(Dictionary<string, object> map, string key) => map.GetValueOrDefault(key) switch
    {
        null or "" or "null" or "~" => [],
        Dictionary<string, object> found => found,
        _ => throw new InvalidDataException($"{key} is not a map"),
    };

    private static ImmutableSortedDictionary<string, ImageTemplate> Templates(Dictionary<string, object> map) =>
        Map(map, "templates").ToImmutableSortedDictionary(
            pair => pair.Key,
            pair => pair.Value is Dictionary<string, object> template ? Template(template) : throw new InvalidDataException($"the template {pair.Key} is not a map"),
            StringComparer.Ordinal);

    private static ImageTemplate Template(Dictionary<string, object> map) => new()
    {
        Template = Text(map, "template"),
        When = map.GetValueOrDefault("when") is List<object> when ? [.. when.OfType<string>()] : [],
        CreateOnly = Text(map, "create_only") is "true" or "yes" or "on",
        Properties = Properties(map, "properties"),
        Uid = Text(map, "uid"),
        Gid = Text(map, "gid"),
        Mode = Text(map, "mode"),
    };
}
