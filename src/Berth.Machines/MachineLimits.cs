using Berth.Core;
using Berth.Core.Resources;
using Berth.Linux.Cgroups;

namespace Berth.Machines;

/// <summary>The part of the limits that the host's kernel enforces on QEMU.</summary>
internal static class MachineLimits
{
    /// <summary>Threads that QEMU may need beside its virtual CPUs: its pool for disk requests has up to 64.</summary>
    private const int ThreadsOfQemu = 96;

    public static void Apply(Cgroup cgroup, Limits limits)
    {
        // What runs inside, the guest's own kernel counts. A limit that a profile has for containers must not keep QEMU from working.
        cgroup.SetPidsMax(limits.Processes is { } most ? Math.Max(most, ThreadsOfQemu + MachineSizes.Cpus(limits)) : null);
        cgroup.SetCpuSet(CpusOf(limits));
        cgroup.SetCpuMax(limits.CpuQuota?.Quota, limits.CpuQuota?.Period ?? 100_000);
        cgroup.SetCpuWeight(CpuShares.Weight(limits));
        if (limits.DiskPriority is { } priority && !cgroup.SetDiskWeight(CpuShares.DiskWeight(priority)))
        {
            throw BerthException.Unsupported("limits.disk.priority cannot be had on this host: its kernel weighs no disk requests (it needs the BFQ scheduler, or io.cost on cgroup v2); unset it");
        }
    }

    private static string? CpusOf(Limits limits) => limits.CpuNodes switch
    {
        null => limits.CpuSet,
        "balanced" => throw BerthException.Unsupported("limits.cpu.nodes=balanced is for containers; name the NUMA nodes of a virtual machine"),
        var nodes when limits.CpuSet is { } set => NumaNodes.Within(set, nodes),
        var nodes => string.Join(',', NumaNodes.CpusOf(nodes)),
    };
}
