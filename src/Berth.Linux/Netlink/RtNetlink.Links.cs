using System.Net.NetworkInformation;
using System.Text;
using static Berth.Linux.Netlink.RtNetlinkConstants;

namespace Berth.Linux.Netlink;

public sealed partial class RtNetlink
{
    private const int NameSize = 15;

    /// <summary>All interfaces with their counters, one request.</summary>
    public async Task<IReadOnlyList<Link>> GetLinksAsync(CancellationToken cancellationToken) =>
        await DumpAsync(() => new NetlinkMessage(GetLink, Dump).LinkHeader(), "RTM_GETLINK", Link.Parse, cancellationToken);

    /// <summary>One interface; null: there is none of that name.</summary>
    public async Task<Link?> FindLinkAsync(string name, CancellationToken cancellationToken)
    {
        Link? found = null;
        try
        {
            await _socket.RequestAsync(new NetlinkMessage(GetLink, Ack).LinkHeader().Attribute(LinkName, Checked(name)), "RTM_GETLINK", name,
                (_, body) => found = Link.Parse(body), cancellationToken);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENODEV)
        {
            return null;
        }

        return found;
    }

    /// <summary>Makes a bridge, without spanning tree.</summary>
    public Task CreateBridgeAsync(string name, PhysicalAddress? mac, int? mtu, CancellationToken cancellationToken)
    {
        var message = New(name, mac, mtu);
        message.Nested(LinkInfo, info => info.Attribute(InfoKind, "bridge").Nested(InfoData, data => data.Attribute(BridgeStpState, 0)));
        return DoAsync(message, "create bridge", name, cancellationToken);
    }

    /// <summary>Makes a veth pair, the peer at once in its namespace, so that no half of it is ever seen in the wrong place.</summary>
    public Task CreateVethAsync(VethPair pair, CancellationToken cancellationToken)
    {
        var message = New(pair.Name, pair.Mac, pair.Mtu);
        message.Nested(LinkInfo, info => info.Attribute(InfoKind, "veth").Nested(InfoData, data => data.Nested(VethPeer, peer =>
        {
            Describe(peer.LinkHeader(), pair.PeerName, pair.PeerMac, pair.Mtu);
            pair.PeerNamespace?.Write(peer);
        })));
        return DoAsync(message, "create veth", pair.Name, cancellationToken);
    }

    /// <summary>Makes a VLAN interface on top of another one.</summary>
    public async Task CreateVlanAsync(string name, string parent, ushort id, CancellationToken cancellationToken)
    {
        var index = await IndexAsync(parent, cancellationToken);
        var message = New(name, null, null).Attribute(LinkLink, (uint)index);
        message.Nested(LinkInfo, info => info.Attribute(InfoKind, "vlan").Nested(InfoData, data => data.Attribute(VlanId, BitConverter.GetBytes(id))));
        await DoAsync(message, "create vlan", name, cancellationToken);
    }

    /// <summary>Makes a macvlan interface on top of another one, at once in a namespace.</summary>
    /// <exception cref="LinuxException">EOPNOTSUPP: the kernel has no macvlan.</exception>
    public Task CreateMacVlanAsync(
        string name, string parent, PhysicalAddress? mac, int? mtu, MacVlanMode mode, NetworkNamespace? network, CancellationToken cancellationToken) =>
        CreateOnAsync("macvlan", name, parent, mac, mtu, mode, network, cancellationToken);

    /// <summary>Makes a macvtap interface on top of another one; <see cref="Tap.OpenMacVTap"/> opens it.</summary>
    /// <exception cref="LinuxException">EOPNOTSUPP: the kernel has no macvtap.</exception>
    public Task CreateMacVTapAsync(string name, string parent, PhysicalAddress? mac, int? mtu, MacVlanMode mode, CancellationToken cancellationToken) =>
        CreateOnAsync("macvtap", name, parent, mac, mtu, mode, null, cancellationToken);

    private async Task CreateOnAsync(
        string kind, string name, string parent, PhysicalAddress? mac, int? mtu, MacVlanMode mode, NetworkNamespace? network, CancellationToken cancellationToken)
    {
        var index = await IndexAsync(parent, cancellationToken);
        var message = New(name, mac, mtu).Attribute(LinkLink, (uint)index);
        network?.Write(message);
        message.Nested(LinkInfo, info => info.Attribute(InfoKind, kind).Nested(InfoData, data => data.Attribute(RtNetlinkConstants.MacVlanMode, (uint)mode)));
        await DoAsync(message, "create " + kind, name, cancellationToken);
    }

    /// <summary>Deletes an interface; a veth's peer goes with it.</summary>
    /// <returns>False: there was none.</returns>
    public async Task<bool> DeleteLinkAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await DoAsync(new NetlinkMessage(DelLink, Ack).LinkHeader().Attribute(LinkName, Checked(name)), "delete link", name, cancellationToken);
            return true;
        }
        catch (LinuxException e) when (e.Errno == Errno.ENODEV)
        {
            return false;
        }
    }

    /// <summary>Sets an interface up or down.</summary>
    public Task SetUpAsync(string name, bool up, CancellationToken cancellationToken) => DoAsync(
        new NetlinkMessage(SetLink, Ack).LinkHeader(0, up ? InterfaceUp : 0, InterfaceUp).Attribute(LinkName, Checked(name)),
        up ? "set up" : "set down", name, cancellationToken);

    /// <summary>Makes an interface a port of a bridge; null: takes it out.</summary>
    public async Task SetMasterAsync(string name, string? master, CancellationToken cancellationToken)
    {
        var index = master is null ? 0 : await IndexAsync(master, cancellationToken);
        await DoAsync(Set(name).Attribute(LinkMaster, (uint)index), "set master", name, cancellationToken);
    }

    /// <summary>Sets the hardware address.</summary>
    public Task SetMacAsync(string name, PhysicalAddress mac, CancellationToken cancellationToken) =>
        DoAsync(Set(name).Attribute(LinkMac, mac.GetAddressBytes()), "set address", name, cancellationToken);

    /// <summary>Sets the MTU in bytes.</summary>
    public Task SetMtuAsync(string name, int mtu, CancellationToken cancellationToken) =>
        DoAsync(Set(name).Attribute(LinkMtu, (uint)mtu), "set mtu", name, cancellationToken);

    /// <summary>Renames an interface; older kernels want it down.</summary>
    public async Task RenameAsync(string name, string newName, CancellationToken cancellationToken)
    {
        var index = await IndexAsync(name, cancellationToken);
        await DoAsync(new NetlinkMessage(SetLink, Ack).LinkHeader(index).Attribute(LinkName, Checked(newName)), "rename", name, cancellationToken);
    }

    /// <summary>Moves an interface to another namespace, there perhaps under another name. It arrives down.</summary>
    public async Task MoveAsync(string name, NetworkNamespace network, string? newName, CancellationToken cancellationToken)
    {
        var index = await IndexAsync(name, cancellationToken);
        var message = new NetlinkMessage(SetLink, Ack).LinkHeader(index);
        network.Write(message);
        if (newName is not null)
        {
            message.Attribute(LinkName, Checked(newName));
        }

        await DoAsync(message, "move to namespace", name, cancellationToken);
    }

    private static NetlinkMessage New(string name, PhysicalAddress? mac, int? mtu) =>
        Describe(new NetlinkMessage(NewLink, Ack | Create | Exclusive).LinkHeader(), name, mac, mtu);

    private static NetlinkMessage Set(string name) => new NetlinkMessage(SetLink, Ack).LinkHeader().Attribute(LinkName, Checked(name));

    private static NetlinkMessage Describe(NetlinkMessage message, string name, PhysicalAddress? mac, int? mtu)
    {
        message.Attribute(LinkName, Checked(name));
        if (mac is not null)
        {
            message.Attribute(LinkMac, mac.GetAddressBytes());
        }

        return mtu is { } bytes ? message.Attribute(LinkMtu, (uint)bytes) : message;
    }

    private async Task<int> IndexAsync(string name, CancellationToken cancellationToken) =>
        (await FindLinkAsync(name, cancellationToken))?.Index ?? throw new LinuxException(Errno.ENODEV, "RTM_GETLINK", name);

    private static string Checked(string name) => name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= NameSize
        ? name
        : throw new LinuxException(Errno.EINVAL, "interface name of 1 to 15 bytes", name);
}
