using System.Collections.Immutable;
using System.Net;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Linux.Processes;

namespace Berth.Core.Tests.Networks;

public sealed class NetworkServiceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Instances_get_addresses_and_names_and_reach_the_outside()
    {
        await using var host = new TestNetwork();
        var daemon = await host.StartDaemonAsync();
        var network = await daemon.CreateAsync(new() { Name = host.Name, Config = Config(("ipv4.address", "10.77.5.1/24"), ("ipv4.nat", "true")) }, Cancel);
        Assert.Null(daemon.ProblemOf(host.Name));
        Assert.EndsWith("::1/64", network.Config["ipv6.address"], StringComparison.Ordinal);
        Assert.Equal("true", network.Config["ipv6.nat"]);

        var web1 = await host.NewGuestAsync(daemon, "web1");
        var web2 = await host.NewGuestAsync(daemon, "web2", ("ipv4.address", "10.77.5.42"));
        var first = await web1.DhcpAsync();
        Assert.Contains("router=10.77.5.1 dns=10.77.5.1 domain=berth search=berth", first, StringComparison.Ordinal);
        Assert.StartsWith("ip=10.77.5.42 ", await web2.DhcpAsync(), StringComparison.Ordinal);

        Assert.Equal("10.77.5.42", await web1.ResolveAsync("web2", "10.77.5.1"));
        Assert.Equal("10.77.5.42", await web1.ResolveAsync("web2.berth", "10.77.5.1"));
        Assert.Equal(first.Split(' ')[0]["ip=".Length..], await web2.ResolveAsync("web1.berth", "10.77.5.1"));
        await web1.RunAsync("busybox", "ping", "-c1", "-W5", "10.77.5.42");

        using var outside = await TestGuest.OutsideAsync(host.Netlink, "192.0.2.2", "192.0.2.1");
        await web1.RunAsync("busybox", "ping", "-c1", "-W5", "192.0.2.2");

        var leases = await daemon.GetLeasesAsync(host.Name, Cancel);
        Assert.Contains(leases, l => l is { Type: LeaseType.Gateway } && l.Address.Equals(IPAddress.Parse("10.77.5.1")));
        Assert.Contains(leases, l => l is { Type: LeaseType.Static, Hostname: "web2" } && l.Hwaddr == web2.Nic.Mac && l.Address.ToString() == "10.77.5.42");
        Assert.Contains(leases, l => l is { Type: LeaseType.Dynamic, Hostname: "web1" } && l.Hwaddr == web1.Nic.Mac);
        Assert.Contains(IPAddress.Parse("10.77.5.42"), (await daemon.GetAddressesByMacAsync(Cancel))[web2.Nic.Mac]);

        var state = await daemon.GetStateAsync(host.Name, Cancel);
        Assert.True(state.Up && state.BytesReceived > 0);
        Assert.Equal(network.Hwaddr, state.Hwaddr);
        Assert.Contains(web1.Nic.HostName, state.Bridge!.Ports);
    }

    [Fact]
    public async Task Instances_choose_ipv6_addresses_by_router_advertisements()
    {
        await using var host = new TestNetwork();
        var daemon = await host.StartDaemonAsync();
        await daemon.CreateAsync(new() { Name = host.Name, Config = Config(("ipv4.address", "none"), ("ipv6.address", "fd42:5:6:7::1/64")) }, Cancel);
        var guest = await host.NewGuestAsync(daemon, "six");
        Assert.Contains("fd42:5:6:7:", await guest.RouterAdvertisementAsync(), StringComparison.Ordinal);
        await guest.RunAsync("busybox", "ping6", "-c1", "-W5", "fd42:5:6:7::1");
        Assert.Contains("default", await guest.RunAsync("ip", "-6", "route"), StringComparison.Ordinal);
        Assert.Contains(
            (await daemon.GetAddressesByMacAsync(Cancel))[guest.Nic.Mac], a => a.ToString().StartsWith("fd42:5:6:7:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_new_daemon_takes_over_what_a_killed_one_left()
    {
        await using var host = new TestNetwork();
        var dead = await host.StartDaemonAsync();
        var network = await dead.CreateAsync(new() { Name = host.Name }, Cancel);
        var guest = await host.NewGuestAsync(dead, "web1");
        await guest.DhcpAsync();
        var process = Assert.Single(host.Processes());
        var bridge = (await host.Netlink.FindLinkAsync(host.Name, Cancel))!;

        var daemon = await host.StartDaemonAsync();
        Assert.Equal(process, Assert.Single(host.Processes()));
        Assert.Contains(host.Log.Messages, m => m.Contains($"took over dnsmasq, pid {process}", StringComparison.Ordinal));
        Assert.Equal((bridge.Index, bridge.Mac), ((await host.Netlink.FindLinkAsync(host.Name, Cancel))!.Index, bridge.Mac));
        Assert.Equal(network, daemon.Get(host.Name));
        Assert.Single((await TestNetwork.RunAsync("nft", "list", "tables")).Split('\n'), $"table inet {host.Layout.NftTable}");
        var second = await host.NewGuestAsync(daemon, "web2");
        await second.DhcpAsync();
        Assert.NotNull(await second.ResolveAsync("web1", network.Config["ipv4.address"].Split('/')[0]));
    }

    [Fact]
    public async Task A_new_daemon_mends_what_is_broken()
    {
        await using var host = new TestNetwork();
        var dead = await host.StartDaemonAsync();
        await dead.CreateAsync(new() { Name = host.Name }, Cancel);
        await dead.DisposeAsync();
        using (var process = PidFd.Open(Assert.Single(host.Processes())))
        {
            process.Send(Signal.SIGKILL);
            await process.WaitAsync(Cancel);
        }

        await host.Netlink.DeleteLinkAsync(host.Name, Cancel);
        await TestNetwork.RunAsync("nft", "delete", "table", "inet", host.Layout.NftTable);
        var orphan = Directory.CreateDirectory(Path.Combine(host.Layout.Networks, "orphan0"));
        await host.Netlink.CreateBridgeAsync("orphan0", null, null, Cancel);

        var daemon = await host.StartDaemonAsync();
        Assert.Null(daemon.ProblemOf(host.Name));
        await (await host.NewGuestAsync(daemon, "web1")).DhcpAsync();
        Assert.Contains(host.Name, await TestNetwork.RunAsync("nft", "list", "table", "inet", host.Layout.NftTable), StringComparison.Ordinal);
        orphan.Refresh();
        Assert.False(orphan.Exists);
        Assert.Null(await host.Netlink.FindLinkAsync("orphan0", Cancel));
    }

    [Fact]
    public async Task A_bridge_that_somebody_deleted_is_back_with_the_next_instance()
    {
        await using var host = new TestNetwork();
        var daemon = await host.StartDaemonAsync();
        await daemon.CreateAsync(new() { Name = host.Name }, Cancel);
        await host.Netlink.DeleteLinkAsync(host.Name, Cancel);
        await (await host.NewGuestAsync(daemon, "web1")).DhcpAsync();
        Assert.Single(host.Processes());
    }

    [Fact]
    public async Task Stateful_dhcp_version_6_gives_the_static_address_and_forgets_it()
    {
        await using var host = new TestNetwork();
        var daemon = await host.StartDaemonAsync();
        await daemon.CreateAsync(
            new() { Name = host.Name, Config = Config(("ipv4.address", "none"), ("ipv6.address", "fd42:8::1/64"), ("ipv6.dhcp.stateful", "true")) }, Cancel);
        var fixedOne = await host.NewGuestAsync(daemon, "six", ("ipv6.address", "fd42:8::66"));
        var other = await host.NewGuestAsync(daemon, "other");
        Assert.Equal("fd42:8::66", await fixedOne.Dhcp6Async());
        Assert.StartsWith("fd42:8::", await other.Dhcp6Async(), StringComparison.Ordinal);
        Assert.Contains(await daemon.GetLeasesAsync(host.Name, Cancel), l => l is { Type: LeaseType.Static, Hostname: "six" } && l.Address.ToString() == "fd42:8::66");

        await daemon.DeleteHostAsync("six", Cancel);
        await host.LeaseGoneAsync("fd42:8::66 ", "duid ");
        Assert.Null(await other.ResolveAsync("six", "fd42:8::1", "aaaa"));
    }

    [Fact]
    public async Task A_dnsmasq_that_dies_is_started_again()
    {
        await using var host = new TestNetwork();
        var daemon = await host.StartDaemonAsync();
        await daemon.CreateAsync(new() { Name = host.Name }, Cancel);
        var guest = await host.NewGuestAsync(daemon, "web1");
        var started = host.Log.NextAsync("started dnsmasq");
        using (var process = PidFd.Open(Assert.Single(host.Processes())))
        {
            process.Send(Signal.SIGKILL);
            await process.WaitAsync(Cancel);
        }

        await started;
        await guest.DhcpAsync();
    }

    [Fact]
    public async Task A_deleted_instance_leaves_no_lease_and_no_name()
    {
        await using var host = new TestNetwork();
        var daemon = await host.StartDaemonAsync();
        await daemon.CreateAsync(new() { Name = host.Name, Config = Config(("ipv4.address", "10.77.9.1/24")) }, Cancel);
        var gone = await host.NewGuestAsync(daemon, "gone");
        var stays = await host.NewGuestAsync(daemon, "stays");
        await gone.DhcpAsync();
        await stays.DhcpAsync();
        Assert.NotNull(await stays.ResolveAsync("gone", "10.77.9.1"));

        await daemon.DeleteHostAsync("gone", Cancel);
        await host.LeaseGoneAsync(gone.Nic.Mac, stays.Nic.Mac);
        Assert.Null(await stays.ResolveAsync("gone", "10.77.9.1"));
        Assert.NotNull(await gone.ResolveAsync("stays", "10.77.9.1"));
        Assert.Empty(Directory.GetFiles(Path.Combine(host.NetworkDirectory, "hosts"), "gone*"));
    }

    [Fact]
    public async Task A_deleted_network_leaves_nothing()
    {
        await using var host = new TestNetwork(openDirectory: false);
        var links = (await host.Netlink.GetLinksAsync(Cancel)).Select(l => l.Name).ToList();
        var tables = await TestNetwork.RunAsync("nft", "list", "tables");
        var daemon = await host.StartDaemonAsync();
        await daemon.CreateAsync(new() { Name = host.Name }, Cancel);
        Assert.Contains(host.Log.Messages, m => m.Contains("runs as root", StringComparison.Ordinal));
        var guest = await host.NewGuestAsync(daemon, "web1");
        await guest.DhcpAsync();
        guest.Dispose();
        Assert.Contains("web1", (await Assert.ThrowsAsync<BerthException>(() => daemon.DeleteAsync(host.Name, ["instance web1"], Cancel))).Message, StringComparison.Ordinal);
        await daemon.DeleteAsync(host.Name, [], Cancel);
        Assert.Empty(host.Processes());
        Assert.Equal(tables, await TestNetwork.RunAsync("nft", "list", "tables"));
        Assert.Null(await host.Netlink.FindLinkAsync(host.Name, Cancel));
        Assert.Empty((await host.Netlink.GetLinksAsync(Cancel)).Select(l => l.Name).Except(links).Except([guest.Nic.HostName]));
        Assert.False(Directory.Exists(host.NetworkDirectory));
        Assert.Empty(daemon.List());
    }

    [Fact]
    public async Task An_update_changes_the_running_network_or_nothing()
    {
        await using var host = new TestNetwork();
        var daemon = await host.StartDaemonAsync();
        var network = await daemon.CreateAsync(new() { Name = host.Name, Config = Config(("ipv4.address", "10.77.3.1/24")) }, Cancel);
        await daemon.UpdateAsync(
            network with { Config = Config(("ipv4.address", "10.77.4.1/24"), ("ipv6.address", "none"), ("bridge.mtu", "1400"), ("dns.domain", "lab")) }, Cancel);
        var guest = await host.NewGuestAsync(daemon, "web1");
        Assert.Contains("router=10.77.4.1 dns=10.77.4.1 domain=lab search=lab mtu=1400", await guest.DhcpAsync(), StringComparison.Ordinal);
        var addresses = (await daemon.GetStateAsync(host.Name, Cancel)).Addresses;
        Assert.Equal("10.77.4.1", Assert.Single(addresses).Address.ToString());

        var before = daemon.Get(host.Name);
        await Assert.ThrowsAsync<BerthException>(() => daemon.UpdateAsync(before with { Config = Config(("ipv4.adress", "10.77.4.1/24")) }, Cancel));
        Assert.Equal(before.Config, daemon.Get(host.Name).Config);
        await daemon.RenameAsync(host.Name, "renamed0", [], Cancel);
        Assert.Null(await host.Netlink.FindLinkAsync(host.Name, Cancel));
        Assert.NotNull(await host.Netlink.FindLinkAsync("renamed0", Cancel));
        Assert.Single(host.Processes());
    }

    [Fact]
    public async Task A_tap_is_on_the_bridge_until_it_is_released()
    {
        await using var host = new TestNetwork();
        var daemon = await host.StartDaemonAsync();
        await daemon.CreateAsync(new() { Name = host.Name }, Cancel);
        var device = new Dictionary<string, string> { ["type"] = "nic", ["network"] = host.Name };
        var nic = await daemon.ResolveNicAsync(new("vm1", InstanceKind.Machine, "eth0", device, new Dictionary<string, string>()), Cancel);
        await daemon.AttachAsync("vm1", "vm1", nic, Cancel);
        await daemon.CreateTapAsync(nic, 1234567, multiQueue: false, Cancel);
        await daemon.CreateTapAsync(nic, 1234567, multiQueue: false, Cancel);
        Assert.Contains(nic.HostName, (await daemon.GetStateAsync(host.Name, Cancel)).Bridge!.Ports);
        Assert.Contains("user 1234567", await TestNetwork.RunAsync("ip", "-d", "link", "show", nic.HostName), StringComparison.Ordinal);
        await daemon.ReleaseAsync(nic, Cancel);
        Assert.Null(await host.Netlink.FindLinkAsync(nic.HostName, Cancel));
        await daemon.ReleaseAsync(nic, Cancel);
    }

    [Fact]
    public async Task Taken_names_and_subnets_are_refused()
    {
        await using var host = new TestNetwork();
        var daemon = await host.StartDaemonAsync();
        await daemon.CreateAsync(new() { Name = host.Name, Config = Config(("ipv4.address", "10.77.8.1/24")) }, Cancel);
        Assert.Contains("already exists", await Refusal(new() { Name = host.Name }), StringComparison.Ordinal);
        Assert.Contains("the kernel uses this name", await Refusal(new() { Name = "lo" }), StringComparison.Ordinal);
        Assert.Contains($"overlaps with the network {host.Name}", await Refusal(new() { Name = "second0", Config = Config(("ipv4.address", "10.77.0.1/16")) }), StringComparison.Ordinal);
        using var outside = await TestGuest.OutsideAsync(host.Netlink, "192.0.2.2", "192.0.2.1");
        Assert.Contains("the host's route through outside0", await Refusal(new() { Name = "second0", Config = Config(("ipv4.address", "192.0.2.129/25")) }), StringComparison.Ordinal);
        Assert.Single(daemon.List());

        async Task<string> Refusal(NetworkRecord record) =>
            (await Assert.ThrowsAsync<BerthException>(() => daemon.CreateAsync(record, Cancel))).Message;
    }

    private static ImmutableSortedDictionary<string, string> Config(params (string Key, string Value)[] values) =>
        ImmutableSortedDictionary.CreateRange(values.Select(v => KeyValuePair.Create(v.Key, v.Value)));
}
