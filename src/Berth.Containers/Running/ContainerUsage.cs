using Berth.Core.Instances;
using Berth.Linux.Cgroups;
using Berth.Linux.Processes;

namespace Berth.Containers.Running;

/// <summary>Reads what a container uses: its cgroup and its interfaces.</summary>
internal static class ContainerUsage
{
    public static async Task<InstanceUsage> ReadAsync(CgroupCounters counters, ContainerNetwork network, PidFd init, CancellationToken cancel)
    {
        var sample = counters.Read();
        return new()
        {
            CpuNanoseconds = sample.CpuNanoseconds,
            MemoryUsed = sample.MemoryUsed,
            MemoryPeak = sample.MemoryPeak ?? 0,
            MemoryTotal = sample.MemoryMax ?? Core.Resources.HostCapacity.Present.MemoryBytes,
            SwapUsed = sample.SwapUsed ?? 0,
            Processes = sample.Processes,
            Interfaces = await network.ReadAsync(init, cancel),
        };
    }
}
