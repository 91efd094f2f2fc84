using System.Net.NetworkInformation;
using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Containers;

/// <summary>Disks, nodes, proxies and network cards of containers, from the start and while they run.</summary>
public sealed class DeviceTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    private string Share => Path.Combine(Server.Place.Root, "share");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Directory.CreateDirectory(Share);
        await File.WriteAllTextAsync(Path.Combine(Share, "file"), "ahoy\n", Cancellation);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(Share, recursive: true);
    }

    [Fact]
    public async Task A_directory_is_mounted_with_the_ids_that_are_asked_for()
    {
        await LaunchAsync("c1");
        await AddAsync("c1", "plain", "disk", "source=" + Share, "path=/mnt/plain");
        await AddAsync("c1", "shifted", "disk", "source=" + Share, "path=/mnt/a b/shifted", "shift=true");
        Assert.Equal("65534 0", await ExecAsync("c1", "sh", "-c", "echo $(stat -c %u /mnt/plain/file) $(stat -c %u '/mnt/a b/shifted/file')"));
        await ExecAsync("c1", "sh", "-c", "echo back >'/mnt/a b/shifted/new'");
        Assert.Equal("0 back", (await Host.RunAsync("sh", "-c", $"echo $(stat -c %u {Share}/new) $(cat {Share}/new)")).Line);

        // Started with them it has the same.
        await Server.BerthAsync("restart", "--force", "c1");
        Assert.Equal("65534 0", await ExecAsync("c1", "sh", "-c", "echo $(stat -c %u /mnt/plain/file) $(stat -c %u '/mnt/a b/shifted/file')"));
        await RemoveAsync("c1", "plain", "shifted");
        Assert.Equal("", await ExecAsync("c1", "sh", "-c", "ls /mnt/plain '/mnt/a b/shifted' | grep file || true"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_makes_a_read_only_disk_writable(bool whileItRuns)
    {
        string[] disk = ["ro", "disk", "source=" + Share, "path=/mnt/ro", "shift=true", "readonly=true"];
        if (whileItRuns)
        {
            await LaunchAsync("c1");
            await AddAsync("c1", disk);
        }
        else
        {
            await Server.BerthAsync("create", BusyboxImage.Alias, "c1");
            await AddAsync("c1", disk);
            await Server.BerthAsync("start", "c1");
        }

        var tried = await ExecAsync("c1", "sh", "-c", "mount -o remount,bind,rw /mnt/ro 2>/dev/null; echo x >/mnt/ro/new 2>/dev/null || echo refused; cat /mnt/ro/file");
        Assert.Equal("refused\nahoy", tried);
        Assert.False(File.Exists(Path.Combine(Share, "new")));
    }

    [Fact]
    public async Task Files_and_nodes_appear_and_vanish()
    {
        await LaunchAsync("c1");
        await AddAsync("c1", "one", "disk", $"source={Share}/file", "path=/etc/berth/one.conf");
        await AddAsync("c1", "zero", "unix-char", "source=/dev/zero", "path=/dev/berth-zero", "uid=7", "gid=8", "mode=0640");
        Assert.Equal("ahoy 7:8 640 4", await ExecAsync("c1", "sh", "-c",
            "echo $(cat /etc/berth/one.conf) $(stat -c '%u:%g %a' /dev/berth-zero) $(head -c 4 /dev/berth-zero | wc -c)"));
        await RemoveAsync("c1", "one", "zero");
        Assert.Equal("gone", await ExecAsync("c1", "sh", "-c", "[ -e /dev/berth-zero ] || [ -s /etc/berth/one.conf ] || echo gone"));
    }

    [Fact]
    public async Task A_reboot_from_inside_and_a_new_daemon_keep_what_is_plugged_in()
    {
        await Server.BerthAsync("create", BusyboxImage.Alias, "c1");
        await AddAsync("c1", "cold", "disk", "source=" + Share, "path=/mnt/cold");
        await AddAsync("c1", "taken", "disk", "source=" + Share, "path=/mnt/taken");
        await Server.BerthAsync("start", "c1");
        await AddAsync("c1", "hot", "disk", "source=" + Share, "path=/mnt/hot");
        await AddAsync("c1", "eth1", "nic", "network=" + Server.Place.Bridge);
        await RemoveAsync("c1", "taken");
        await Server.CrashAndRestartAsync();
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        await TryExecAsync("c1", "reboot");
        await events.LifecycleAsync("c1", Cancellation, "instance-restarted");
        Assert.Equal("cold hot eth1", await ExecAsync("c1", "timeout", "20", "sh", "-c",
            "until [ -e /mnt/hot/file ] && [ -e /sys/class/net/eth1 ]; do usleep 50000; done; cd /mnt; echo $(for d in cold hot taken; do [ -e $d/file ] && echo $d; done) eth1"));

        // A new init has the host's network at first: nothing of the container's may have got there.
        Assert.DoesNotContain(NetworkInterface.GetAllNetworkInterfaces(), i => i.Name == "eth1");
    }

    /// <summary>Nobody is there to plug it in again, so it is there before init runs.</summary>
    [Fact]
    public async Task A_reboot_while_no_daemon_runs_keeps_what_was_mounted_since_the_start()
    {
        await LaunchAsync("c1");
        await AddAsync("c1", "hot", "disk", "source=" + Share, "path=/mnt/a b/hot");
        await AddAsync("c1", "gone", "disk", "source=" + Share, "path=/mnt/gone");
        await RemoveAsync("c1", "gone");
        var init = await Server.PidAsync("c1");
        var monitor = File.ReadLines($"/proc/{init}/status").First(l => l.StartsWith("PPid:", StringComparison.Ordinal))[5..].Trim();
        await Server.Daemon.CrashAsync(Cancellation);

        // busybox' init reboots when it is asked to end.
        var next = await Host.RunAsync("timeout", "20", "sh", "-c",
            $"kill -TERM {init}; until n=$(cat /proc/{monitor}/task/{monitor}/children) && [ \"$n\" ] && [ $n != {init} ] && grep -q busybox /proc/$((n))/maps 2>/dev/null; do sleep 0.05; done; echo $n");
        var mounts = await File.ReadAllTextAsync($"/proc/{next.Line.Trim()}/mountinfo", Cancellation);
        Assert.Contains(" /mnt/a\\040b/hot ", mounts, StringComparison.Ordinal);
        Assert.DoesNotContain(" /mnt/gone ", mounts, StringComparison.Ordinal);
        await Server.RestartAsync();
        Assert.Equal("ahoy", await ExecAsync("c1", "cat", "/mnt/a b/hot/file"));
    }

    [Fact]
    public async Task A_change_of_devices_happens_whole_or_not_at_all()
    {
        await LaunchAsync("c1");
        await AddAsync("c1", "one", "disk", "source=" + Share, "path=/mnt/one");
        await ExecAsync("c1", "touch", "/mnt/file");
        JsonObject Mount(string path) => new() { ["type"] = "disk", ["source"] = Share, ["path"] = path };
        var body = new JsonObject { ["devices"] = new JsonObject { ["two"] = Mount("/mnt/two"), ["wrong"] = Mount("/mnt/file") } };
        var (status, reply) = await Server.Api.SendAsync(HttpMethod.Patch, "/1.0/instances/c1", body, Cancellation);
        Assert.Equal(System.Net.HttpStatusCode.Accepted, status);
        var ended = await Server.Api.GetAsync(reply.GetProperty("operation").GetString() + "/wait", Cancellation);
        Assert.Equal("Failure", ended.GetProperty("status").GetString());
        Assert.Contains("wrong", ended.GetProperty("err").GetString(), StringComparison.Ordinal);

        Assert.Equal("one", (await Server.IncusAsync("config", "device", "list", "c1")).Line);
        Assert.Equal("one", await ExecAsync("c1", "sh", "-c", "cd /mnt; for d in one two; do [ -e $d/file ] && echo $d; done; true"));
    }

    [Fact]
    public async Task Proxies_forward_both_ways_and_survive_the_daemon()
    {
        var (outside, inside) = (Path.Combine(Share, "out.sock"), "/root/in.sock");
        await LaunchAsync("c1");
        await ExecAsync("c1", "sh", "-c", "mkdir /www; echo from-inside >/www/page; httpd -p 127.0.0.1:80 -h /www");
        await Server.IncusAsync("config", "device", "add", "c1", "web", "proxy", "listen=unix:" + outside, "connect=tcp:127.0.0.1:80", "mode=0600");
        await AddAsync("c1", "back", "proxy", "bind=instance", "listen=unix:" + inside, "connect=unix:" + outside, "uid=5");
        Assert.Equal("from-inside", await GetAsync());
        Assert.Equal("5", await ExecAsync("c1", "stat", "-c", "%u", inside));
        await Server.CrashAndRestartAsync();
        Assert.Equal("from-inside", await GetAsync());
        (await Server.TryBerthAsync("config", "device", "add", "c1", "nat", "proxy", "listen=tcp:127.0.0.1:1", "connect=tcp:127.0.0.1:1", "nat=true")).Failed("nat");
        await RemoveAsync("c1", "web", "back");
        Assert.False(File.Exists(outside));
        Assert.NotEqual(0, (await TryExecAsync("c1", "test", "-e", inside)).ExitCode);

        async Task<string> GetAsync() => (await Host.RunAsync("curl", "-s", "-m", "10", "--unix-socket", outside, "http://c1/page")).Line;
    }

    [Fact]
    public async Task A_proxy_by_NAT_is_the_kernel_s_and_goes_with_the_container()
    {
        var network = await Server.Api.GetAsync("/1.0/networks/" + Server.Place.Bridge, Cancellation);
        var gateway = network.GetProperty("config").GetProperty("ipv4.address").GetString()!.Split('/')[0];
        var own = gateway[..gateway.LastIndexOf('.')] + ".78";
        var tables = "berth_" + Server.Place.Tag + "_proxy_";
        await LaunchAsync("c1");
        string[] web = ["config", "device", "add", "c1", "web", "proxy", $"listen=tcp:{gateway}:8080", "connect=tcp:0.0.0.0:80", "nat=true"];
        (await Server.TryIncusAsync(web)).Failed("static address");
        await Server.BerthAsync("delete", "--force", "c1");

        await LaunchAsync("c1", "-d", $"eth0,ipv4.address={own}");
        await ExecAsync("c1", "timeout", "30", "sh", "-c", $"mkdir /www; echo by-nat >/www/page; httpd -p 80 -h /www; until ip -4 -o addr show dev eth0 | grep -q {own}; do usleep 100000; done");
        await Server.IncusAsync(web);
        Assert.Equal("by-nat", await GetAsync());
        (await Server.TryBerthAsync("config", "device", "add", "c1", "again", "proxy", "listen=tcp:0.0.0.0:8080", "connect=tcp:0.0.0.0:80", "nat=true")).Failed("same port");
        (await Server.TryBerthAsync("config", "device", "add", "c1", "other", "proxy", $"listen=tcp:{gateway}:81", "connect=tcp:192.0.2.9:80", "nat=true")).Failed("static IPv4");

        // The daemon has no part in it while it works, and the next one takes it away when the container has ended meanwhile.
        await Server.Daemon.CrashAsync(Cancellation);
        Assert.Equal("by-nat", await GetAsync());
        await Server.RestartAsync();
        Assert.Equal("by-nat", await GetAsync());
        await Server.BerthAsync("stop", "--force", "c1");
        Assert.DoesNotContain(tables, await TablesAsync(), StringComparison.Ordinal);
        await Server.BerthAsync("start", "c1");
        Assert.Contains(tables, await TablesAsync(), StringComparison.Ordinal);
        await Server.BerthAsync("config", "device", "remove", "c1", "web");
        Assert.DoesNotContain(tables, await TablesAsync(), StringComparison.Ordinal);

        async Task<string> GetAsync() => (await Host.RunAsync("curl", "-s", "-m", "10", $"http://{gateway}:8080/page")).Line;
        async Task<string> TablesAsync() => (await Host.RunAsync("nft", "list", "tables", "inet")).Text;
    }

    [Theory]
    [InlineData("source=/no/such/path", "path=/mnt/x", "/no/such/path")]
    [InlineData("source=/dev/null", "path=/mnt/x", "unix-char")]
    [InlineData("source=tmpfs:", "path=/mnt/x", "tmpfs:")]
    [InlineData("source=/tmp", "path=relative", "relative")]
    public async Task What_cannot_be_is_refused_by_name(string source, string path, string named)
    {
        await LaunchAsync("c1");
        (await Server.TryIncusAsync("config", "device", "add", "c1", "d", "disk", source, path)).Failed(named);
        Assert.Equal("", (await Server.IncusAsync("config", "device", "list", "c1")).Line);
    }

    [Fact]
    public async Task A_guarded_card_forges_nothing_and_its_rules_go_with_it()
    {
        var network = await Server.Api.GetAsync("/1.0/networks/" + Server.Place.Bridge, Cancellation);
        var gateway = network.GetProperty("config").GetProperty("ipv4.address").GetString()!.Split('/')[0];
        var prefix = gateway[..gateway.LastIndexOf('.')];
        await LaunchAsync("c1", "-d", $"eth0,ipv4.address={prefix}.77", "-d", "eth0,security.ipv4_filtering=true", "-d", "eth0,limits.max=20Mbit");
        await ExecAsync("c1", "timeout", "30", "sh", "-c", $"until ip -4 -o addr show dev eth0 | grep -q {prefix}.77; do usleep 100000; done; ping -c 1 -W 5 {gateway}");
        Assert.NotEqual(0, (await TryExecAsync("c1", "sh", "-c", $"ip addr add {prefix}.78/24 dev eth0; ping -c 1 -W 2 -I {prefix}.78 {gateway}")).ExitCode);
        Assert.NotEqual(0, (await TryExecAsync("c1", "sh", "-c",
            $"ip addr del {prefix}.78/24 dev eth0; ip link set eth0 down; ip link set eth0 address 02:00:00:00:00:09; ip link set eth0 up; ip addr replace {prefix}.77/24 dev eth0; ping -c 1 -W 2 {gateway}")).ExitCode);
        var link = (await Server.Api.GetAsync("/1.0/instances/c1", Cancellation)).GetProperty("config").GetProperty("volatile.eth0.host_name").GetString()!;
        Assert.Contains("tbf", (await Host.RunAsync("tc", "qdisc", "show", "dev", link)).Text, StringComparison.Ordinal);
        Assert.Contains(link, (await Host.RunAsync("nft", "list", "tables", "bridge")).Text, StringComparison.Ordinal);
        await Server.BerthAsync("stop", "--force", "c1");
        Assert.DoesNotContain(link, (await Host.RunAsync("nft", "list", "tables", "bridge")).Text, StringComparison.Ordinal);
    }

    private async Task AddAsync(string instance, params string[] device) => await Server.BerthAsync(["config", "device", "add", instance, .. device]);

    private async Task RemoveAsync(string instance, params string[] devices)
    {
        foreach (var device in devices)
        {
            await Server.BerthAsync("config", "device", "remove", instance, device);
        }
    }
}
