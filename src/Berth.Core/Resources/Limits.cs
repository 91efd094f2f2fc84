using System.Collections.Immutable;

namespace Berth.Core.Resources;

/// <summary>Ceilings of one instance, parsed from <c>limits.*</c>. Null means unlimited.</summary>
public sealed record Limits
{
    public static readonly Limits None = new();

    /// <summary>Number of CPUs that the instance sees.</summary>
    public int? CpuCount { get; init; }

    /// <summary>Host CPUs it is pinned to, in kernel list form (<c>0-1,3</c>); null floats.</summary>
    public string? CpuSet { get; init; }

    /// <summary>CPU time per period, both in microseconds (<c>limits.cpu.allowance</c> = "25ms/100ms").</summary>
    public (long Quota, long Period)? CpuQuota { get; init; }

    /// <summary>Soft share in percent of a CPU share unit (<c>limits.cpu.allowance</c> = "50%").</summary>
    public int? CpuSharePercent { get; init; }

    /// <summary>Priority for CPU time among those of the same share, 0 to 10 (<c>limits.cpu.priority</c>).</summary>
    public int? CpuPriority { get; init; }

    /// <summary>NUMA nodes whose CPUs it runs on, in kernel list form, or <c>balanced</c>; null: all.</summary>
    public string? CpuNodes { get; init; }

    /// <summary>How a machine's CPUs are laid out; null: one socket.</summary>
    public CpuTopology? Topology { get; init; }

    /// <summary>Bytes. Machines always have one (the default is 1 GiB).</summary>
    public long? Memory { get; init; }

    /// <summary><see cref="Memory"/> is no ceiling: above it the instance is slowed down and reclaimed from.</summary>
    public bool SoftMemory { get; init; }

    /// <summary>Most bytes of swap: 0 for <c>limits.memory.swap=false</c>; null: no ceiling of its own.</summary>
    public long? Swap { get; init; }

    /// <summary>The higher, the less is swapped out, 0 to 10; null: as the host does.</summary>
    public int? SwapPriority { get; init; }

    /// <summary>Added to the out-of-memory killer's score, -1000 to 1000.</summary>
    public int? OomPriority { get; init; }

    /// <summary>Priority of disk requests, 0 to 10; null: as everybody.</summary>
    public int? DiskPriority { get; init; }

    /// <summary>Ceilings of huge pages in bytes, by the kernel's name of the size (<c>2MB</c>).</summary>
    public ImmutableSortedDictionary<string, long> HugePages { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

    public long? Processes { get; init; }

    /// <summary>Size of the root disk in bytes (<c>size</c> of the root device).</summary>
    public long? RootSize { get; init; }

    /// <summary>Two limits are the same when they say the same; dictionaries would be compared by who they are.</summary>
    public bool Equals(Limits? other) =>
        other is not null && Scalars == other.Scalars && Places == other.Places && HugePages.SequenceEqual(other.HugePages);

    public override int GetHashCode() => HashCode.Combine(Scalars, Places);

    private (int? Priority, long? Memory, bool Soft, long? Swap, int? SwapPriority, int? Oom, int? Disk, long? Processes, long? Root) Scalars =>
        (CpuPriority, Memory, SoftMemory, Swap, SwapPriority, OomPriority, DiskPriority, Processes, RootSize);

    private (int? Count, string? Set, (long, long)? Quota, int? Share, string? Nodes, CpuTopology? Topology) Places =>
        (CpuCount, CpuSet, CpuQuota, CpuSharePercent, CpuNodes, Topology);
}

/// <summary>A machine's sockets, cores a socket and threads a core.</summary>
public sealed record CpuTopology(int Sockets, int Cores, int Threads)
{
    public int Count => Sockets * Cores * Threads;
}
