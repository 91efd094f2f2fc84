using Berth.Core.Resources;
using Berth.Linux.Cgroups;

namespace Berth.Machines;

/// <summary>The part of the limits that the host's kernel enforces on QEMU.</summary>
internal static class MachineLimits
{
    private const int DefaultWeight = 100;

    /// <summary>Threads that QEMU may need beside its virtual CPUs: its pool for disk requests has up to 64.</summary>
    private const int ThreadsOfQemu = 96;

    public static void Apply(Cgroup cgroup, Limits limits)
    {
        // What runs inside, the guest's own kernel counts. A limit that a profile has for containers must not keep QEMU from working.
        cgroup.SetPidsMax(limits.Processes is { } most ? Math.Max(most, ThreadsOfQemu + MachineSizes.Cpus(limits)) : null);
        cgroup.SetCpuSet(limits.CpuSet);
        cgroup.SetCpuMax(limits.CpuQuota?.Quota, limits.CpuQuota?.Period ?? 100_000);
        cgroup.SetCpuWeight(Math.Clamp(limits.CpuSharePercent ?? DefaultWeight, 1, 10_000));
    }
}
