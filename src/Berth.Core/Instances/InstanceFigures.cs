using Berth.Linux;
using Berth.Linux.Cgroups;

namespace Berth.Core.Instances;

/// <summary>What the kernel counts of a running instance, finer than <see cref="InstanceUsage"/>: for metrics. What it does not count is empty.</summary>
public sealed record InstanceFigures
{
    public static readonly InstanceFigures None = new();

    public IReadOnlyList<CpuTimes> Cpu { get; init; } = [];

    /// <summary>Bytes, by the names of cgroup v2's memory.stat.</summary>
    public IReadOnlyDictionary<string, long> Memory { get; init; } = new Dictionary<string, long>();

    public IReadOnlyList<BlockTraffic> Disks { get; init; } = [];

    /// <summary>Null: not known.</summary>
    public long? OomKills { get; init; }

    /// <summary>A few small reads. A group that has just gone has no figures.</summary>
    public static InstanceFigures Of(Cgroup cgroup)
    {
        try
        {
            return new() { Cpu = cgroup.CpuTimes(), Memory = cgroup.MemoryStat(), Disks = cgroup.BlockTraffic(), OomKills = cgroup.OomKills() };
        }
        catch (LinuxException)
        {
            return None;
        }
    }
}
