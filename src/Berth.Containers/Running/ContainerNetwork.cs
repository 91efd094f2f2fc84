using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Linux.Netlink;
using Berth.Linux.Processes;

namespace Berth.Containers.Running;

/// <summary>
/// Reads a container's interfaces in its network namespace: their counters at every look, their addresses when the kernel has told of a change.
/// What is open there is kept from one look to the next, because opening it takes a thread of its own.
/// </summary>
internal sealed class ContainerNetwork(InstanceId id, Func<IReadOnlyList<NicSpec>> nics)
{
    private const byte ScopeLink = 253;
    private const byte ScopeHost = 254;

    private readonly Lock _opening = new();
    private View? _view;

    public async Task<ImmutableArray<InterfaceUsage>> ReadAsync(PidFd init, CancellationToken cancel)
    {
        if (Open(init) is not { } view)
        {
            return [];
        }

        await view.Turn.WaitAsync(cancel);
        try
        {
            if (view.Netlink.HasChanged() || view.Interfaces.IsDefault)
            {
                view.Interfaces = default;
                var addresses = await view.Netlink.GetAddressesAsync(cancel);
                view.Interfaces = [.. (await view.Netlink.GetLinksAsync(cancel)).Select(l => ToUsage(l, addresses.Where(a => a.LinkIndex == l.Index)))];
            }

            var counters = view.Counters.Read();
            return [.. view.Interfaces.Where(i => counters.ContainsKey(i.Name)).Select(i => WithCounters(i, counters[i.Name]))];
        }
        catch (ObjectDisposedException)
        {
            throw InitRoot.NotRunning(id);
        }
        finally
        {
            view.Turn.Release();
        }
    }

    /// <summary>Lets go of the namespace: what is open in it would keep it, and the host's side of its cards, alive.</summary>
    public void Close()
    {
        lock (_opening)
        {
            _view?.Close();
            _view = null;
        }
    }

    /// <summary>Null: it has no network of its own (yet).</summary>
    private View? Open(PidFd init)
    {
        lock (_opening)
        {
            if (_view is { } open && ReferenceEquals(open.Init, init))
            {
                return open;
            }

            Close();
            using var network = InitRoot.FindNetwork(init, id);
            if (network is null)
            {
                return null;
            }

            _view = View.Open(init, network);
            if (!init.HasExited)
            {
                return _view;
            }

            Close();
            throw InitRoot.NotRunning(id);
        }
    }

    private static InterfaceUsage ToUsage(Link link, IEnumerable<LinkAddress> addresses) => new()
    {
        Name = link.Name,
        Mac = link.Mac.ToText(),
        Mtu = link.Mtu,
        Up = link.IsUp,
        Loopback = link.Name == "lo",
        Addresses = [.. addresses.Select(ToAddress)],
    };

    private InterfaceUsage WithCounters(InterfaceUsage usage, LinkStats stats) => usage with
    {
        HostName = nics().FirstOrDefault(n => n.GuestName == usage.Name)?.HostName ?? "",
        BytesReceived = stats.RxBytes,
        BytesSent = stats.TxBytes,
        PacketsReceived = stats.RxPackets,
        PacketsSent = stats.TxPackets,
        ErrorsReceived = stats.RxErrors,
        ErrorsSent = stats.TxErrors,
        DropsInbound = stats.RxDropped,
        DropsOutbound = stats.TxDropped,
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

    /// <summary>What is open in the namespace of one init, and what was seen there last.</summary>
    private sealed class View
    {
        private View(PidFd init, RtNetlink netlink, InterfaceCounters counters) => (Init, Netlink, Counters) = (init, netlink, counters);

        public PidFd Init { get; }

        public RtNetlink Netlink { get; }

        public InterfaceCounters Counters { get; }

        /// <summary>Held while it is read.</summary>
        public SemaphoreSlim Turn { get; } = new(1, 1);

        /// <summary>The interfaces without their counters; default: to be asked for.</summary>
        public ImmutableArray<InterfaceUsage> Interfaces { get; set; }

        public static View Open(PidFd init, Microsoft.Win32.SafeHandles.SafeFileHandle network)
        {
            var netlink = RtNetlink.OpenWatchingIn(network);
            try
            {
                return new(init, netlink, InterfaceCounters.OpenIn(network));
            }
            catch
            {
                netlink.Dispose();
                throw;
            }
        }

        /// <summary>Whoever reads just now gets an error from the closed descriptors.</summary>
        public void Close()
        {
            Netlink.Dispose();
            Counters.Dispose();
        }
    }
}
