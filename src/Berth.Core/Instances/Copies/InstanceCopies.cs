using System.Collections.Immutable;

namespace Berth.Core.Instances;

using Devices = ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>;

/// <summary>What of an instance's configuration a copy takes over.</summary>
internal static class InstanceCopies
{
    /// <summary>As Incus: what the request names holds; else the source's, without what was chosen for the source alone.</summary>
    public static ImmutableSortedDictionary<string, string> Config(
        ImmutableSortedDictionary<string, string> wanted, ImmutableSortedDictionary<string, string> source) =>
        wanted.AddMissing(source.Where(c => !c.Key.StartsWith("volatile.", StringComparison.Ordinal)));

    public static Devices Merge(Devices wanted, Devices source) => wanted.AddRange(source.Where(d => !wanted.ContainsKey(d.Key)));
}
