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

    /// <summary>Bytes. Machines always have one (the default is 1 GiB).</summary>
    public long? Memory { get; init; }

    public long? Processes { get; init; }

    /// <summary>Size of the root disk in bytes (<c>size</c> of the root device).</summary>
    public long? RootSize { get; init; }
}
