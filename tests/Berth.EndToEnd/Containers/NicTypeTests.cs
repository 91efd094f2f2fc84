namespace Berth.EndToEnd.Containers;

/// <summary>Network cards of containers that are on no bridge: what the host's side of them is, and that it comes back.</summary>
public sealed class NicTypeTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    private const string Mac = "02:00:00:00:0a:01";

    /// <summary>The interface that stands for the host's hardware, and its other end, so that something can be sent.</summary>
    private string Port => "bt" + Server.Place.Tag;

    private string Far => "bf" + Server.Place.Tag;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Host.RunAsync("ip", "link", "add", Port, "address", Mac, "mtu", "1400", "type", "veth", "peer", "name", Far);
        await Host.RunAsync("ip", "link", "set", Far, "up");
    }

    public override async ValueTask DisposeAsync()
    {
        await Host.RunAsync("ip", "link", "del", Far);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_p2p_card_ends_on_the_host_which_routes_to_it()
    {
        await LaunchAsync("c1");
        await AddAsync("nictype=p2p", "name=p2p0", "ipv4.routes=10.231.7.2/32", "ipv6.routes=fd42:231::/64", "limits.max=50Mbit", "mtu=1300");
        await RequireReachableAsync();
        await Server.BerthAsync("restart", "--force", "c1");
        await RequireReachableAsync();

        var link = await HostNameAsync();
        Assert.Contains("tbf", (await Host.RunAsync("tc", "qdisc", "show", "dev", link)).Text, StringComparison.Ordinal);
        await Server.BerthAsync("config", "device", "remove", "c1", "card");
        Assert.False(Directory.Exists("/sys/class/net/" + link));
        Assert.Equal("", (await Host.RunAsync("ip", "-4", "route", "show", "10.231.7.2")).Line);

        async Task RequireReachableAsync()
        {
            var end = await HostNameAsync();
            Assert.Contains("fd42:231::/64", (await Host.RunAsync("ip", "-6", "route", "show", "dev", end)).Text, StringComparison.Ordinal);
            Assert.Equal("1300", await ExecAsync("c1", "cat", "/sys/class/net/p2p0/mtu"));
            await ExecAsync("c1", "sh", "-c", "ip addr add 10.231.7.2/32 dev p2p0; ip route add 10.231.7.1/32 dev p2p0");
            await Host.RunAsync("ip", "addr", "add", "10.231.7.1/32", "dev", end);
            await ExecAsync("c1", "ping", "-c", "1", "-W", "5", "10.231.7.1");
        }
    }

    [Fact]
    public async Task A_physical_card_is_the_container_s_and_comes_back_as_it_was()
    {
        await LaunchAsync("c1");
        await AddAsync("nictype=physical", "parent=" + Port, "name=wan", "hwaddr=02:00:00:00:0a:77", "mtu=1280");
        await RequireLentAsync();
        (await Server.TryBerthAsync("launch", BusyboxImage.Alias, "c2", "-d", "eth0,nictype=physical", "-d", "eth0,network=", "-d", "eth0,parent=" + Port)).Failed(Port);

        // Unplugged; then started with it; then rebooted from inside.
        await Server.BerthAsync("config", "device", "remove", "c1", "card");
        await RequireBackAsync();
        await Server.BerthAsync("stop", "--force", "c1");
        await AddAsync("nictype=physical", "parent=" + Port, "name=wan", "hwaddr=02:00:00:00:0a:77", "mtu=1280");
        await Server.BerthAsync("start", "c1");
        await RequireLentAsync();
        using (var events = await Server.Api.EventsAsync("lifecycle", Cancellation))
        {
            await TryExecAsync("c1", "reboot");
            await events.LifecycleAsync("c1", Cancellation, "instance-restarted");
        }

        await ExecAsync("c1", "timeout", "20", "sh", "-c", "until [ -e /sys/class/net/wan ]; do usleep 50000; done");
        await RequireLentAsync();
        await Server.BerthAsync("stop", "--force", "c1");
        await RequireBackAsync();
    }

    /// <summary>A virtual interface goes with its namespace: that it comes back shows that the namespace was held.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_physical_card_comes_back_though_the_daemon_and_the_container_were_killed(bool pluggedIn)
    {
        string[] card = ["nictype=physical", "parent=" + Port, "name=wan"];
        if (pluggedIn)
        {
            await LaunchAsync("c1");
            await AddAsync(card);
        }
        else
        {
            await Server.BerthAsync("create", BusyboxImage.Alias, "c1");
            await AddAsync(card);
            await Server.BerthAsync("start", "c1");
        }

        await ExecAsync("c1", "ip", "link", "set", "wan", "mtu", "1000", "address", "02:00:00:00:0a:99");
        var init = await Server.PidAsync("c1");
        var monitor = File.ReadLines($"/proc/{init}/status").First(l => l.StartsWith("PPid:", StringComparison.Ordinal))[5..].Trim();
        await Server.Daemon.CrashAsync(Cancellation);
        await Host.RunAsync("kill", "-9", monitor, $"{init}");
        await Server.RestartAsync();
        Assert.Equal("Stopped", await Server.StatusAsync("c1"));
        await RequireBackAsync();

        await Server.BerthAsync("start", "c1");
        await Server.BerthAsync("delete", "--force", "c1");
        await RequireBackAsync();
    }

    [Fact]
    public async Task What_the_host_uses_itself_is_not_taken_from_it()
    {
        await LaunchAsync("c1");
        await Host.RunAsync("ip", "addr", "add", "10.231.8.1/24", "dev", Port);
        (await TryAddAsync("nictype=physical", "parent=" + Port)).Failed("addresses");
        (await TryAddAsync("nictype=physical", "parent=" + Server.Place.Bridge)).Failed("bridge");
        (await TryAddAsync("nictype=macvlan", "parent=nosuchlink")).Failed("nosuchlink");
        (await TryAddAsync("nictype=macvlan", "parent=" + Port, "mode=loud")).Failed("passthru");
        (await TryAddAsync("nictype=p2p", "parent=" + Port)).Failed("parent");
        (await TryAddAsync("nictype=p2p", "ipv4.routes=10.1.0.7/24")).Failed("ipv4.routes");
        (await TryAddAsync("nictype=routed", "parent=" + Port)).Failed("routed");
        (await TryAddAsync("nictype=physical", "parent=" + Port, "vlan=7")).Failed("vlan");
        Assert.Equal("", (await Server.BerthAsync("config", "device", "list", "c1")).Line);
    }

    /// <summary>Not every kernel has it; one that has not says so by name, and leaves nothing behind.</summary>
    [Fact]
    public async Task A_macvlan_card_is_beside_the_host_s_interface()
    {
        var has = (await Host.TryAsync("ip", "link", "add", "bm" + Server.Place.Tag, "link", Port, "type", "macvlan")).ExitCode == 0;
        await LaunchAsync("c1");
        if (!has)
        {
            (await TryAddAsync("nictype=macvlan", "parent=" + Port, "name=lan")).Failed("macvlan");
            return;
        }

        await Host.RunAsync("ip", "link", "del", "bm" + Server.Place.Tag);
        await AddAsync("nictype=macvlan", "parent=" + Port, "name=lan", "mode=private");
        var mac = await ExecAsync("c1", "cat", "/sys/class/net/lan/address");
        await Server.BerthAsync("restart", "--force", "c1");
        Assert.Equal(mac, await ExecAsync("c1", "cat", "/sys/class/net/lan/address"));
        await Server.BerthAsync("config", "device", "remove", "c1", "card");
        Assert.NotEqual(0, (await TryExecAsync("c1", "test", "-e", "/sys/class/net/lan")).ExitCode);
    }

    private async Task RequireLentAsync()
    {
        Assert.False(Directory.Exists("/sys/class/net/" + Port));
        Assert.Equal("02:00:00:00:0a:77 1280", await ExecAsync("c1", "sh", "-c", "cd /sys/class/net/wan; echo $(cat address mtu)"));
    }

    private async Task RequireBackAsync()
    {
        var link = (await Host.RunAsync("ip", "-o", "link", "show", Port)).Text;
        Assert.Contains(Mac, link, StringComparison.Ordinal);
        Assert.Contains("mtu 1400", link, StringComparison.Ordinal);
    }

    private async Task<string> HostNameAsync() =>
        (await Server.Api.GetAsync("/1.0/instances/c1", Cancellation)).GetProperty("config").GetProperty("volatile.card.host_name").GetString()!;

    private Task<CommandResult> TryAddAsync(params string[] keys) => Server.TryIncusAsync(["config", "device", "add", "c1", "card", "nic", .. keys]);

    private async Task AddAsync(params string[] keys) => (await TryAddAsync(keys)).Succeeded();
}
