using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Berth.Linux.Namespaces;
using Berth.Linux.Netlink;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Tests.Netlink;

/// <summary>In a network namespace of each test's own, so that the host never sees any of it.</summary>
public sealed class RtNetlinkTests : IDisposable
{
    private readonly SafeFileHandle _network = NamespaceThread.CreateNetwork();
    private readonly RtNetlink _netlink;

    public RtNetlinkTests() => _netlink = RtNetlink.OpenIn(_network);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _netlink.Dispose();
        _network.Dispose();
    }

    [Fact]
    public async Task Fresh_namespace_has_only_loopback()
    {
        var link = Assert.Single(await _netlink.GetLinksAsync(Cancel), link => link.Kind.Length == 0);
        Assert.Equal("lo", link.Name);
        Assert.False(link.IsUp);
        await _netlink.SetUpAsync("lo", true, Cancel);
        Assert.True((await _netlink.FindLinkAsync("lo", Cancel))!.IsUp);
        Assert.Contains(await _netlink.GetAddressesAsync(Cancel), address => address.Address.Equals(IPAddress.Loopback) && address.Scope == 254);
    }

    [Fact]
    public async Task Bridge_with_a_veth_into_another_namespace_carries_traffic()
    {
        using var inside = NamespaceThread.CreateNetwork();
        using var other = RtNetlink.OpenIn(inside);
        var mac = PhysicalAddress.Parse("02-00-00-00-00-01");
        await _netlink.CreateBridgeAsync("br0", mac, 1400, Cancel);
        var peerMac = PhysicalAddress.Parse("02-00-00-00-00-02");
        await _netlink.CreateVethAsync(new VethPair { Name = "v0", PeerName = "eth0", PeerMac = peerMac, Mtu = 1400, PeerNamespace = NetworkNamespace.Of(inside) }, Cancel);
        await _netlink.SetMasterAsync("v0", "br0", Cancel);
        await _netlink.SetUpAsync("v0", true, Cancel);
        await _netlink.SetUpAsync("br0", true, Cancel);
        await _netlink.AddAddressAsync("br0", IPAddress.Parse("10.99.0.1"), 24, Cancel);
        await other.SetUpAsync("eth0", true, Cancel);
        await other.AddAddressAsync("eth0", IPAddress.Parse("10.99.0.2"), 24, Cancel);
        await other.AddRouteAsync(new Route(null, IPAddress.Parse("10.99.0.1"), 0), Cancel);

        var bridge = (await _netlink.FindLinkAsync("br0", Cancel))!;
        Assert.Equal(("bridge", mac, 1400, true), (bridge.Kind, bridge.Mac, bridge.Mtu, bridge.IsUp));
        Assert.Equal(bridge.Index, (await _netlink.FindLinkAsync("v0", Cancel))!.MasterIndex);
        Assert.Equal(peerMac, (await other.FindLinkAsync("eth0", Cancel))!.Mac);
        Assert.Null(await _netlink.FindLinkAsync("eth0", Cancel));
        Assert.Contains(await other.GetRoutesAsync(Cancel), route => route.Destination is null && route.Gateway!.Equals(IPAddress.Parse("10.99.0.1")));

        Exchange(inside);
        Assert.Contains(await _netlink.GetNeighboursAsync(Cancel), neighbour => neighbour.Address.ToString() == "10.99.0.2" && neighbour.Mac.Equals(peerMac));
        Assert.True((await _netlink.FindLinkAsync("v0", Cancel))!.Stats.RxBytes > 0);
        await _netlink.SetMasterAsync("v0", null, Cancel);
        Assert.Equal(0, (await _netlink.FindLinkAsync("v0", Cancel))!.MasterIndex);
        Assert.True(await _netlink.DeleteLinkAsync("v0", Cancel));
        Assert.False(await _netlink.DeleteLinkAsync("v0", Cancel));
    }

    [Fact]
    public async Task Changes_are_told_once_and_not_of_what_was_asked_for()
    {
        using var watching = RtNetlink.OpenWatchingIn(_network);
        Assert.False(watching.HasChanged());
        await watching.GetLinksAsync(Cancel);
        await watching.GetAddressesAsync(Cancel);
        Assert.False(watching.HasChanged());
        await _netlink.SetUpAsync("lo", true, Cancel);
        Assert.True(watching.HasChanged());
        Assert.False(watching.HasChanged());
        await _netlink.CreateVethAsync(new VethPair { Name = "a", PeerName = "b" }, Cancel);

        // Answers and events come over the one socket: reading the one must not lose the other.
        await watching.GetLinksAsync(Cancel);
        Assert.True(watching.HasChanged());
        for (var i = 0; i < 2000; i++)
        {
            await _netlink.SetMtuAsync("a", 1400 + (i % 2), Cancel);
        }

        Assert.True(watching.HasChanged());
        Assert.Equal(1401, Assert.Single(await watching.GetLinksAsync(Cancel), link => link.Name == "a").Mtu);
        Assert.False(watching.HasChanged());
    }

    [Fact]
    public async Task Counters_are_those_of_the_links()
    {
        await _netlink.SetUpAsync("lo", true, Cancel);
        NamespaceThread.RunInNetwork(_network, () =>
        {
            using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
            return socket.Send([1, 2, 3], (IPEndPoint)socket.Client.LocalEndPoint!);
        });
        using var counters = InterfaceCounters.OpenIn(_network);
        var stats = counters.Read();
        Assert.Equal((await _netlink.FindLinkAsync("lo", Cancel))!.Stats, stats["lo"]);
        Assert.Equal(1, stats["lo"].RxPackets);
        for (var i = 0; i < 100; i++)
        {
            await _netlink.CreateVethAsync(new VethPair { Name = $"a{i}", PeerName = $"b{i}" }, Cancel);
        }

        Assert.Equal((await _netlink.GetLinksAsync(Cancel)).Select(l => l.Name).Order(StringComparer.Ordinal), counters.Read().Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Link_can_be_renamed_moved_and_changed()
    {
        using var inside = NamespaceThread.CreateNetwork();
        using var other = RtNetlink.OpenIn(inside);
        await _netlink.CreateVethAsync(new VethPair { Name = "a", PeerName = "b" }, Cancel);
        await _netlink.RenameAsync("a", "c", Cancel);
        await _netlink.SetMtuAsync("c", 9000, Cancel);
        await _netlink.SetMacAsync("c", PhysicalAddress.Parse("02-00-00-00-00-09"), Cancel);
        var link = (await _netlink.FindLinkAsync("c", Cancel))!;
        Assert.Equal((9000, "020000000009"), (link.Mtu, link.Mac.ToString()));
        Assert.Equal((await _netlink.FindLinkAsync("b", Cancel))!.Index, link.PeerIndex);
        await _netlink.MoveAsync("b", NetworkNamespace.Of(inside), "eth7", Cancel);
        Assert.NotNull(await other.FindLinkAsync("eth7", Cancel));
        Assert.Null(await _netlink.FindLinkAsync("b", Cancel));
    }

    [Fact]
    public async Task Addresses_of_both_families_come_and_go()
    {
        await _netlink.CreateBridgeAsync("br0", null, null, Cancel);
        await _netlink.SetUpAsync("br0", true, Cancel);
        var six = IPAddress.Parse("fd42::1");
        await _netlink.AddAddressAsync("br0", six, 64, Cancel);
        Assert.Contains(await _netlink.GetAddressesAsync(Cancel), address => address.Address.Equals(six) && address.PrefixLength == 64);
        Assert.Equal(Errno.EEXIST, (await Assert.ThrowsAsync<LinuxException>(() => _netlink.AddAddressAsync("br0", six, 64, Cancel))).Errno);
        await _netlink.DeleteAddressAsync("br0", six, 64, Cancel);
        Assert.DoesNotContain(await _netlink.GetAddressesAsync(Cancel), address => address.Address.Equals(six));
        var index = (await _netlink.FindLinkAsync("br0", Cancel))!.Index;
        var route = new Route(IPNetwork.Parse("10.5.0.0/16"), null, index, 77);
        await _netlink.AddRouteAsync(route, Cancel);
        Assert.Contains(route, await _netlink.GetRoutesAsync(Cancel));
        await _netlink.DeleteRouteAsync(route, Cancel);
        Assert.DoesNotContain(route, await _netlink.GetRoutesAsync(Cancel));
    }

    [Fact]
    public async Task Refusals_are_clear()
    {
        Assert.Equal(Errno.ENODEV, (await Assert.ThrowsAsync<LinuxException>(() => _netlink.SetMtuAsync("nope", 1, Cancel))).Errno);
        await Assert.ThrowsAsync<LinuxException>(() => _netlink.CreateBridgeAsync("a-name-that-is-too-long", null, null, Cancel));
        await _netlink.CreateBridgeAsync("br0", null, null, Cancel);
        var e = await Assert.ThrowsAsync<LinuxException>(() => _netlink.CreateBridgeAsync("br0", null, null, Cancel));
        Assert.Equal("create bridge br0: File exists (EEXIST)", e.Message);
        Assert.Equal(Errno.EINVAL, (await Assert.ThrowsAsync<LinuxException>(() => _netlink.SetMtuAsync("br0", 1, Cancel))).Errno);
    }

    [Fact]
    public async Task Vlan_and_macvlan_are_made_on_a_parent()
    {
        await _netlink.CreateVethAsync(new VethPair { Name = "a", PeerName = "b" }, Cancel);
        await MadeIfTheKernelHasIt(() => _netlink.CreateVlanAsync("a.7", "a", 7, Cancel), "a.7", "vlan");
        await MadeIfTheKernelHasIt(() => _netlink.CreateMacVlanAsync("m0", "a", null, null, MacVlanMode.Bridge, null, Cancel), "m0", "macvlan");
    }

    [Fact]
    public async Task Two_hundred_links_are_dumped_whole()
    {
        for (var i = 0; i < 100; i++)
        {
            await _netlink.CreateVethAsync(new VethPair { Name = $"a{i}", PeerName = $"b{i}" }, Cancel);
        }

        Assert.Equal(200, (await _netlink.GetLinksAsync(Cancel)).Count(link => link.Kind == "veth"));
    }

    [Fact]
    public async Task Persistent_multi_queue_tap_stays_until_deleted()
    {
        NamespaceThread.RunInNetwork(_network, () =>
        {
            using var first = Tap.Open("tap0", multiQueue: true, persistent: true, ownerUid: 12345);
            using var second = Tap.Open("tap0", multiQueue: true);
            return 0;
        });
        Assert.Equal("tun", (await _netlink.FindLinkAsync("tap0", Cancel))!.Kind);
        Assert.True(await _netlink.DeleteLinkAsync("tap0", Cancel));
        Assert.Throws<LinuxException>(() => Tap.Open("a-name-that-is-too-long"));
    }

    [Fact]
    public async Task Monitor_sees_links_come_and_go()
    {
        using var monitor = NamespaceThread.RunInNetwork(_network, () => new LinkMonitor());
        await _netlink.CreateVethAsync(new VethPair { Name = "seen", PeerName = "peer" }, Cancel);
        await _netlink.DeleteLinkAsync("seen", Cancel);
        var came = false;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await foreach (var e in monitor.ReadAsync(deadline.Token))
        {
            came |= !e.Removed && e.Link.Name == "seen";
            if (e.Removed && e.Link.Name == "seen")
            {
                break;
            }
        }

        Assert.True(came);
    }

    private async Task MadeIfTheKernelHasIt(Func<Task> make, string name, string kind)
    {
        try
        {
            await make();
        }
        catch (LinuxException e) when (e.Errno == Errno.EOPNOTSUPP)
        {
            Assert.Null(await _netlink.FindLinkAsync(name, Cancel));
            return;
        }

        Assert.Equal(kind, (await _netlink.FindLinkAsync(name, Cancel))!.Kind);
    }

    private void Exchange(SafeFileHandle inside)
    {
        using var server = NamespaceThread.RunInNetwork(inside, () => new System.Net.Sockets.UdpClient(new IPEndPoint(IPAddress.Any, 7)));
        using var client = NamespaceThread.RunInNetwork(_network, () => new System.Net.Sockets.UdpClient(new IPEndPoint(IPAddress.Any, 0)));
        client.Send("x"u8.ToArray(), new IPEndPoint(IPAddress.Parse("10.99.0.2"), 7));
        server.Client.ReceiveTimeout = 10_000;
        IPEndPoint? from = null;
        Assert.Equal("x"u8.ToArray(), server.Receive(ref from));
        server.Send("y"u8.ToArray(), from);
        client.Client.ReceiveTimeout = 10_000;
        Assert.Equal("y"u8.ToArray(), client.Receive(ref from));
    }
}
