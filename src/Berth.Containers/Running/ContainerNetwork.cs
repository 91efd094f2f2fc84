using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Linux.Netlink;
using Berth.Linux.Processes;

namespace Berth.Containers.Running;

/// <summary>
/// Reads a container's interfaces over a netlink socket in its network namespace. The socket is kept from one look to the next,
/// because opening one takes a thread of its own.
/// </summary>
internal sealed class ContainerNetwork(InstanceId id, Func<IReadOnlyList<NicSpec>> nics)
{
    private const byte ScopeLink = 253;
    private const byte ScopeHost = 254;

    private readonly Lock _opening = new();
    private PidFd? _init;
    private RtNetlink? _netlink;

    public async Task<ImmutableArray<InterfaceUsage>> ReadAsync(PidFd init, CancellationToken cancel)
    {
        var netlink = Open(init);
        var links = await netlink.GetLinksAsync(cancel);
        var addresses = await netlink.GetAddressesAsync(cancel);
        return [.. links.Select(l => ToUsage(l, addresses.Where(a => a.LinkIndex == l.Index)))];
    }

    /// <summary>Lets go of the namespace: a socket in it would keep it, and the host's side of its cards, alive.</summary>
    public void Close()
    {
        lock (_opening)
        {
            _netlink?.Dispose();
            (_netlink, _init) = (null, null);
        }
    }

    private RtNetlink Open(PidFd init)
    {
        lock (_opening)
        {
            if (_netlink is { } open && ReferenceEquals(_init, init))
            {
                return open;
            }

            Close();
            using var network = InitRoot.OpenNetwork(init, id);
            (_netlink, _init) = (RtNetlink.OpenIn(network), init);
            if (!init.HasExited)
            {
                return _netlink;
            }

            Close();
            throw InitRoot.NotRunning(id);
        }
    }

    private InterfaceUsage ToUsage(Link link, IEnumerable<LinkAddress> addresses) => new()
    {
        Name = link.Name,
        HostName = nics().FirstOrDefault(n => n.GuestName == link.Name)?.HostName ?? "",
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

    private static string Text(PhysicalAddress? mac) => string.Join(':', (mac?.GetAddressBytes() ?? []).Select(b => b.ToString("x2", null)));
}
