using System.Collections.Immutable;
using DeviceMap = System.Collections.Immutable.ImmutableSortedDictionary<
    string, System.Collections.Immutable.ImmutableSortedDictionary<string, string>>;

namespace Berth.Core.Instances;

/// <summary>What of an instance's configuration a copy takes over.</summary>
internal static class InstanceCopies
{
    /// <summary>As Incus: what the request names holds; else the source's, without what was chosen for the source alone.</summary>
    public static ImmutableSortedDictionary<string, string> Config(
        ImmutableSortedDictionary<string, string> wanted, ImmutableSortedDictionary<string, string> source) =>
        wanted.AddMissing(source.Where(c => !c.Key.StartsWith("volatile.", StringComparison.Ordinal)));

    public static DeviceMap Merge(DeviceMap wanted, DeviceMap source) => wanted.AddRange(source.Where(d => !wanted.ContainsKey(d.Key)));
}
