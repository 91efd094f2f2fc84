using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Berth.Core.Images.Metadata;

namespace Berth.Core.Backups;

/// <summary>What <c>backup/index.yaml</c> says: a stranger's word, checked where it is used.</summary>
internal sealed record BackupIndex
{
    public const string Path = "backup/index.yaml";

    public required string Name { get; init; }

    /// <summary><c>container</c>, <c>virtual-machine</c> or <c>custom</c>.</summary>
    public required string Type { get; init; }

    public required string Pool { get; init; }

    public bool Optimized { get; init; }

    public ImmutableArray<string> Snapshots { get; init; } = [];

    /// <summary>The part <c>config</c>.</summary>
    public required IReadOnlyDictionary<string, object> Config { get; init; }

    /// <exception cref="BerthException">BadRequest: it is no index.</exception>
    public static BackupIndex Parse(ReadOnlySpan<byte> yaml)
    {
        try
        {
            var tree = YamlTree.Parse(Encoding.UTF8.GetString(yaml)) as Dictionary<string, object>
                ?? throw new InvalidDataException("it is no map");
            return new()
            {
                Name = Text(tree, "name"),
                Type = Text(tree, "type") is { Length: > 0 } type ? type : "container",
                Pool = Text(tree, "pool"),
                Optimized = Text(tree, "optimized") == "true",
                Snapshots = [.. List(tree, "snapshots").OfType<string>()],
                Config = Map(tree, "config"),
            };
        }
        catch (InvalidDataException e)
        {
            throw new BerthException(ErrorKind.BadRequest, $"The backup cannot be read: its {Path} is wrong: {e.Message}", e);
        }
    }

    public static string Text(IReadOnlyDictionary<string, object> map, string key) => map.GetValueOrDefault(key) is string text ? text is "null" or "~" ? "" : text : "";

    public static IReadOnlyDictionary<string, object> Map(IReadOnlyDictionary<string, object> map, string key) =>
        map.GetValueOrDefault(key) as Dictionary<string, object> ?? [];

    public static IReadOnlyList<object> List(IReadOnlyDictionary<string, object> map, string key) => map.GetValueOrDefault(key) as List<object> ?? [];

    /// <summary>A map of texts, such as <c>config</c>; empty values mean «not set».</summary>
    public static ImmutableSortedDictionary<string, string> Texts(IReadOnlyDictionary<string, object> map, string key) =>
        Map(map, key).Where(pair => pair.Value is string { Length: > 0 })
            .ToImmutableSortedDictionary(pair => pair.Key, pair => (string)pair.Value, StringComparer.Ordinal);

    public static DateTimeOffset? Time(IReadOnlyDictionary<string, object> map, string key) =>
        DateTimeOffset.TryParse(Text(map, key), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.Year > 1970 ? time : null;
}
