using System.Net.NetworkInformation;
using Berth.Core.Networks.Config;
using Berth.Linux;
using Berth.Linux.Netlink;

namespace Berth.Core.Networks;

/// <summary>The host's interfaces, as networks need them.</summary>
internal sealed class HostLinks : IDisposable
{
    private const string BridgeKind = "bridge";
    private const string TunKind = "tun";
    private const string MacVTapKind = "macvtap";
    internal const byte GlobalScope = 0;
    private readonly Lazy<RtNetlink> _netlink = new(RtNetlink.Open);

    public RtNetlink Netlink => _netlink.Value;

    public static bool IsBridge(Link link) => link.Kind == BridgeKind;

    public void Dispose()
    {
        if (_netlink.IsValueCreated)
        {
            _netlink.Value.Dispose();
        }
    }

    public Task<Link?> FindAsync(string name, CancellationToken cancel) => Netlink.FindLinkAsync(name, cancel);

    /// <summary>Makes the bridge if there is none, gives it its MAC address and MTU, and leaves its addresses alone.</summary>
    /// <returns>The bridge, and whether it is new.</returns>
    /// <exception cref="BerthException">Conflict: the name belongs to something else.</exception>
    public async Task<(Link Link, bool IsNew)> EnsureBridgeAsync(string name, string mac, int mtu, CancellationToken cancel)
    {
        var isNew = await FindAsync(name, cancel) is null;
        if (isNew)
        {
            await Netlink.CreateBridgeAsync(name, PhysicalAddress.Parse(mac), mtu, cancel);
        }

        var link = await FindAsync(name, cancel) ?? throw new LinuxException(Errno.ENODEV, "RTM_GETLINK", name);
        if (!IsBridge(link))
        {
            throw BerthException.Conflict($"Network \"{name}\": the host has another interface of this name, and it is not a bridge; rename or remove that one");
        }

        if (link.Mac.ToText() != mac)
        {
            await Netlink.SetMacAsync(name, PhysicalAddress.Parse(mac), cancel);
        }

        if (link.Mtu != mtu)
        {
            await Netlink.SetMtuAsync(name, mtu, cancel);
        }

        return (link, isNew);
    }

    /// <summary>Makes these the interface's only addresses, apart from link-local ones.</summary>
    public async Task SetAddressesAsync(Link link, IReadOnlyList<IpPrefix> wanted, CancellationToken cancel)
    {
        var present = (await Netlink.GetAddressesAsync(cancel))
            .Where(a => a.LinkIndex == link.Index && a.Scope == GlobalScope)
            .Select(a => new IpPrefix(a.Address, a.PrefixLength))
            .ToList();
        foreach (var address in present.Except(wanted))
        {
            await Netlink.DeleteAddressAsync(link.Name, address.Address, address.Length, cancel);
        }

        foreach (var address in wanted.Except(present))
        {
            await Netlink.AddAddressAsync(link.Name, address.Address, address.Length, cancel);
        }
    }

    /// <summary>Subnets that the host reaches already, but not through <paramref name="except"/>.</summary>
    public async Task<IReadOnlyList<(IpPrefix Prefix, string Owner)>> RoutesAsync(string except, CancellationToken cancel)
    {
        var names = (await Netlink.GetLinksAsync(cancel)).ToDictionary(l => l.Index, l => l.Name);
        return
        [
            .. from route in await Netlink.GetRoutesAsync(cancel)
               let name = names.GetValueOrDefault(route.LinkIndex, "a gateway")
               let to = route.Destination ?? default
               where to.PrefixLength > 0 && name != except
               select (new IpPrefix(to.BaseAddress, to.PrefixLength), $"the host's route through {name}"),
        ];
    }

    /// <summary>Makes a machine's tap or macvtap, up and where it belongs. One that a machine left behind is replaced.</summary>
    public async Task CreateTapAsync(NicSpec nic, uint uid, bool multiQueue, CancellationToken cancel)
    {
        var below = nic.Type == NicType.P2p ? null : await FindAsync(nic.Bridge.Length > 0 ? nic.Bridge : nic.Parent, cancel)
            ?? throw BerthException.NotFound($"Device \"{nic.Device}\": the host has no interface {nic.Bridge}{nic.Parent}");
        switch (await FindAsync(nic.HostName, cancel))
        {
            case { Kind: TunKind or MacVTapKind }:
                await Netlink.DeleteLinkAsync(nic.HostName, cancel);
                break;
            case { }:
                throw BerthException.Conflict($"Device \"{nic.Device}\": the host has another interface {nic.HostName}; give the NIC another host_name");
        }

        if (nic.Type == NicType.MacVlan)
        {
            await Netlink.CreateMacVTapAsync(nic.HostName, nic.Parent, PhysicalAddress.Parse(nic.Mac), nic.Mtu, nic.Mode, cancel);
        }
        else
        {
            Tap.Open(nic.HostName, multiQueue, persistent: true, uid).Dispose();
        }

        try
        {
            if ((nic.Mtu ?? below?.Mtu) is { } mtu)
            {
                await Netlink.SetMtuAsync(nic.HostName, mtu, cancel);
            }

            if (nic.Bridge.Length > 0)
            {
                await Netlink.SetMasterAsync(nic.HostName, nic.Bridge, cancel);
            }

            await Netlink.SetUpAsync(nic.HostName, true, cancel);
            await Netlink.RouteToAsync(nic.HostName, nic.Routes, cancel);
        }
        catch
        {
            await Netlink.DeleteLinkAsync(nic.HostName, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Removes the host's side of a NIC, if it is there and it is one.</summary>
    public async Task DeleteNicAsync(NicSpec nic, CancellationToken cancel)
    {
        if (nic.Type != NicType.Physical && nic.HostName.Length > 0 && await FindAsync(nic.HostName, cancel) is { Kind: TunKind or MacVTapKind or "veth" })
        {
            await Netlink.DeleteLinkAsync(nic.HostName, cancel);
        }
    }
}
