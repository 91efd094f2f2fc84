using Berth.Core;
using Berth.Core.Resources;
using Berth.Linux.Cgroups;

namespace Berth.Machines;

/// <summary>The part of the limits that the host's kernel enforces on QEMU.</summary>
internal static class MachineLimits
{
    private const int DefaultWeight = 100;

    /// <exception cref="BerthException">BadRequest: a limit that a machine cannot have.</exception>
    public static void Validate(Limits limits)
    {
        if (limits.Processes is not null)
        {
            throw BerthException.BadRequest(
                "limits.processes counts the processes of a container; a machine has a kernel of its own that counts them. Unset it for machines.");
        }
    }

    public static void Apply(Cgroup cgroup, Limits limits)
    {
        cgroup.SetCpuSet(limits.CpuSet);
        cgroup.SetCpuMax(limits.CpuQuota?.Quota, limits.CpuQuota?.Period ?? 100_000);
        cgroup.SetCpuWeight(Math.Clamp(limits.CpuSharePercent ?? DefaultWeight, 1, 10_000));
    }
}
