using Berth.Core.Instances;
using Berth.Linux.Cgroups;
using Berth.Linux.Processes;

namespace Berth.Containers.Running;

/// <summary>Reads what a container uses: its cgroup and its interfaces.</summary>
internal static class ContainerUsage
{
    public static async Task<InstanceUsage> ReadAsync(Cgroup cgroup, ContainerNetwork network, PidFd init, CancellationToken cancel) => new()
    {
        CpuNanoseconds = cgroup.CpuUsage(),
        MemoryUsed = cgroup.MemoryUsed(),
        MemoryPeak = cgroup.MemoryPeak() ?? 0,
        MemoryTotal = cgroup.MemoryMax() ?? Core.Resources.HostCapacity.Present.MemoryBytes,
        SwapUsed = cgroup.SwapUsage() ?? 0,
        Processes = cgroup.Child(ContainerPaths.PayloadCgroup).PidsCount(),
        Interfaces = await network.ReadAsync(init, cancel),
    };
}
