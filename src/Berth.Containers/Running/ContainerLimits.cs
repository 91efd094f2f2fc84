using Berth.Core;
using Berth.Core.Resources;
using Berth.Linux;
using Berth.Linux.Cgroups;

namespace Berth.Containers.Running;

/// <summary>Keeps the limits of one container on its parent cgroup.</summary>
internal sealed class ContainerLimits(Cgroup cgroup, CpuPlacement placement) : IDisposable
{
    private const int DefaultSwappiness = 60;
    private const int DefaultDiskWeight = 100;

    private string _placed = "";
    private (int? Count, string? Nodes) _wanted;
    private Limits _applied = Limits.None;

    /// <exception cref="BerthException">Conflict: the kernel refuses (for example less memory than is in use). Unsupported: this host cannot do it. The limits before hold.</exception>
    public void Apply(Limits limits)
    {
        try
        {
            Write(limits, _applied);
            _applied = limits;
        }
        catch (Exception e) when (e is LinuxException or BerthException)
        {
            Restore(limits);
            throw e is LinuxException { Errno: Errno.EBUSY or Errno.EINVAL or Errno.ENOENT } ? BerthException.Conflict(
                $"The kernel refuses the limit: {e.Message}. The container may use more than that now; free it first or stop the container") : e;
        }
    }

    public void Dispose() => placement.Release(_placed);

    private void Restore(Limits refused)
    {
        try
        {
            Write(_applied, refused);
        }
        catch (Exception e) when (e is LinuxException or BerthException)
        {
            // The kernel keeps what it has; the refusal that is told is the one that was asked for.
        }
    }

    private void Write(Limits limits, Limits before)
    {
        WriteMemory(limits, before);
        cgroup.SetPidsMax(limits.Processes);
        cgroup.SetCpuMax(limits.CpuQuota?.Quota, limits.CpuQuota?.Period ?? 100_000);
        cgroup.SetCpuWeight(CpuShares.Weight(limits));
        cgroup.SetCpuSet(CpusOf(limits));
        if (limits.DiskPriority != before.DiskPriority
            && !cgroup.SetDiskWeight(limits.DiskPriority is { } priority ? CpuShares.DiskWeight(priority) : DefaultDiskWeight)
            && limits.DiskPriority is not null)
        {
            throw BerthException.Unsupported("limits.disk.priority cannot be had on this host: its kernel weighs no disk requests (it needs the BFQ scheduler, or io.cost on cgroup v2); unset it");
        }

        foreach (var size in limits.HugePages.Keys.Union(before.HugePages.Keys))
        {
            long? most = limits.HugePages.TryGetValue(size, out var bytes) ? bytes : null;
            if (!cgroup.SetHugePagesMax(size, most) && most is not null)
            {
                throw BerthException.Unsupported($"limits.hugepages.{size} cannot be had on this host: its kernel does not limit huge pages of that size; unset it");
            }
        }
    }

    private void WriteMemory(Limits limits, Limits before)
    {
        if (limits.SoftMemory || before.SoftMemory)
        {
            cgroup.SetSoftMemory(limits.SoftMemory ? limits.Memory : null);
        }

        // v1 keeps memory and swap in one number: without a ceiling of swap first, the new one of memory may not fit below it.
        if (before.Swap is not null && before.Swap != limits.Swap)
        {
            cgroup.SetSwapMax(null);
        }

        var hard = limits.SoftMemory ? null : limits.Memory;
        cgroup.SetMemoryMax(hard);
        if (limits.Swap is { } swap && (swap > 0 || cgroup.AccountsSwap) && !cgroup.SetSwapMax(swap) && swap > 0)
        {
            throw BerthException.Unsupported("limits.memory.swap cannot be a size here: this host (cgroup v1) limits swap only together with memory; set limits.memory too");
        }

        WriteSwappiness(limits, before);
    }

    private void WriteSwappiness(Limits limits, Limits before)
    {
        var wanted = limits.Swap == 0 ? 0 : limits.SwapPriority is { } priority ? CpuShares.Swappiness(priority) : (int?)null;
        var had = before.Swap == 0 || before.SwapPriority is not null;
        if ((wanted is not null || had) && !cgroup.SetSwappiness(wanted ?? DefaultSwappiness) && limits.SwapPriority is not null)
        {
            throw BerthException.Unsupported("limits.memory.swap.priority cannot be had on this host: cgroup v2 has nothing like it; use limits.memory.swap");
        }
    }

    /// <summary>The CPUs to run on; null: all.</summary>
    private string? CpusOf(Limits limits)
    {
        if (limits.CpuSet is not null)
        {
            Place((null, null));
            return limits.CpuNodes is null ? limits.CpuSet : NumaNodes.Within(limits.CpuSet, limits.CpuNodes);
        }

        Place((limits.CpuCount, limits.CpuNodes));
        return _placed.Length > 0 ? _placed : null;
    }

    private void Place((int? Count, string? Nodes) wanted)
    {
        if (wanted == _wanted)
        {
            return;
        }

        placement.Release(_placed);
        _placed = wanted is (null, null) ? "" : placement.Take(wanted.Count, wanted.Nodes);
        _wanted = wanted;
    }
}
