using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Berth.Core.Instances;
using Berth.Linux.Cgroups;
using Berth.Linux.Netlink;
using Berth.Linux.Processes;

namespace Berth.Containers.Running;

/// <summary>Reads what a container uses: its cgroup, and its interfaces over a netlink socket in its network namespace.</summary>
internal static class ContainerUsage
{
    private const byte ScopeLink = 253;
    private const byte ScopeHost = 254;

    public static async Task<InstanceUsage> ReadAsync(Cgroup cgroup, RunSpec spec, PidFd init, CancellationToken cancel) => new()
    {
        CpuNanoseconds = cgroup.CpuUsage(),
        MemoryUsed = cgroup.MemoryUsed(),
        MemoryPeak = cgroup.MemoryPeak() ?? 0,
        MemoryTotal = cgroup.MemoryMax() ?? Core.Resources.HostCapacity.Present.MemoryBytes,
        SwapUsed = cgroup.SwapUsage() ?? 0,
        Processes = cgroup.Child(ContainerPaths.PayloadCgroup).PidsCount(),
        Interfaces = await InterfacesAsync(spec, init, cancel),
    };

    private static async Task<ImmutableArray<InterfaceUsage>> InterfacesAsync(RunSpec spec, PidFd init, CancellationToken cancel)
    {
        using var network = InitRoot.OpenNetwork(init, spec.Id);
        using var netlink = RtNetlink.OpenIn(network);
        var links = await netlink.GetLinksAsync(cancel);
        var addresses = await netlink.GetAddressesAsync(cancel);
        return [.. links.Select(l => ToUsage(l, addresses.Where(a => a.LinkIndex == l.Index), spec))];
    }

    private static InterfaceUsage ToUsage(Link link, IEnumerable<LinkAddress> addresses, RunSpec spec) => new()
    {
        Name = link.Name,
        HostName = spec.Nics.FirstOrDefault(n => n.GuestName == link.Name)?.HostName ?? "",
        Mac = Text(link.Mac),
        Mtu = link.Mtu,
        Up = link.IsUp,
        Loopback = link.Name == "lo",
        BytesReceived = link.Stats.RxBytes,
        BytesSent = link.Stats.TxBytes,
        PacketsReceived = link.Stats.RxPackets,
        PacketsSent = link.Stats.TxPackets,
        ErrorsReceived = link.Stats.RxErrors,
        ErrorsSent = link.Stats.TxErrors,
        DropsInbound = link.Stats.RxDropped,
        DropsOutbound = link.Stats.TxDropped,
        Addresses = [.. addresses.Select(ToAddress)],
    };

    private static InterfaceAddress ToAddress(LinkAddress address) => new(
        address.Address.AddressFamily == AddressFamily.InterNetwork ? "inet" : "inet6",
        new IPAddress(address.Address.GetAddressBytes()).ToString(),
        address.PrefixLength,
        address.Scope switch
        {
            ScopeHost => "local",
            ScopeLink => "link",
            _ => "global",
        });

    private static string Text(System.Net.NetworkInformation.PhysicalAddress? mac) =>
        string.Join(':', (mac?.GetAddressBytes() ?? []).Select(b => b.ToString("x2", null)));
}
