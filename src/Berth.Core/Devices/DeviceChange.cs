using System.Collections.Immutable;

namespace Berth.Core.Devices;

/// <summary>A device that is other than before. Null: it was not there, or is there no more.</summary>
public sealed record DeviceChange(string Device, ImmutableSortedDictionary<string, string>? Before, ImmutableSortedDictionary<string, string>? After)
{
    /// <summary>What is different between two sets of devices, in the order of names.</summary>
    public static ImmutableArray<DeviceChange> Between(
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> before,
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> after) =>
        [.. from device in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
            let change = new DeviceChange(device, before.GetValueOrDefault(device), after.GetValueOrDefault(device))
            where change.Keys.Any()
            select change];

    /// <summary>The keys whose value is another one; an empty value is none.</summary>
    public IEnumerable<string> Keys => (Before?.Keys ?? []).Union(After?.Keys ?? [])
        .Where(key => (Before?.GetValueOrDefault(key, "") ?? "") != (After?.GetValueOrDefault(key, "") ?? ""));
}
