using Berth.Core;
using Berth.Core.Resources;
using Berth.Linux;
using Berth.Linux.Cgroups;

namespace Berth.Containers.Running;

/// <summary>Keeps the limits of one container on its parent cgroup.</summary>
internal sealed class ContainerLimits(Cgroup cgroup, CpuPlacement placement) : IDisposable
{
    private const int DefaultWeight = 100;

    private string _placed = "";
    private int? _placedCount;

    /// <exception cref="BerthException">Conflict: the kernel refuses (for example less memory than is in use); the limits before hold.</exception>
    public void Apply(Limits limits)
    {
        try
        {
            cgroup.SetMemoryMax(limits.Memory);
            cgroup.SetPidsMax(limits.Processes);
            cgroup.SetCpuMax(limits.CpuQuota?.Quota, limits.CpuQuota?.Period ?? 100_000);
            cgroup.SetCpuWeight(limits.CpuSharePercent ?? DefaultWeight);
            cgroup.SetCpuSet(CpusOf(limits));
        }
        catch (LinuxException e) when (e.Errno is Errno.EBUSY or Errno.EINVAL)
        {
            throw BerthException.Conflict($"The kernel refuses the limit: {e.Message}. The container may use more than that now; free it first or stop the container");
        }
    }

    public void Dispose() => placement.Release(_placed);

    private string? CpusOf(Limits limits)
    {
        var count = limits.CpuSet is null ? limits.CpuCount : null;
        if (count != _placedCount)
        {
            placement.Release(_placed);
            _placed = count is { } wanted ? placement.Take(wanted) : "";
            _placedCount = count;
        }

        return limits.CpuSet ?? (_placed.Length > 0 ? _placed : null);
    }
}
