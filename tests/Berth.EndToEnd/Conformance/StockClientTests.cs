using System.Text.Json;

namespace Berth.EndToEnd.Conformance;

/// <summary>A day's work with the stock client alone: every group of its verbs, and what it prints where that matters.</summary>
public sealed class StockClientTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("berth-e2e-day-");

    public override ValueTask InitializeAsync()
    {
        // The first backup makes it for good.
        Directory.CreateDirectory(Path.Combine(Server.Place.StateDirectory, "backups"));
        return base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        _files.Delete(recursive: true);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task The_server_tells_of_itself_and_keeps_its_configuration()
    {
        Assert.Contains("Server version", await OutAsync("version"), StringComparison.Ordinal);
        Assert.Contains("server: berth", await OutAsync("info"), StringComparison.Ordinal);
        Assert.Contains("Architecture: x86_64", await OutAsync("info", "--resources"), StringComparison.Ordinal);
        await OutAsync("admin", "waitready", "--timeout", "5");
        var dump = await OutAsync("admin", "init", "--dump");
        Assert.Contains("driver: dir", dump, StringComparison.Ordinal);
        Assert.Contains("name: " + Server.Place.Bridge, dump, StringComparison.Ordinal);
        await OutAsync("config", "set", "user.foo=bar");
        Assert.Equal("bar", await OutAsync("config", "get", "user.foo"));
        Assert.Contains("user.foo: bar", await OutAsync("config", "show"), StringComparison.Ordinal);
        await OutAsync("config", "unset", "user.foo");
        Assert.Equal("config: {}", await OutAsync("config", "show"));
        Assert.Contains("\"/1.0/profiles/default\"", await OutAsync("query", "/1.0/profiles"), StringComparison.Ordinal);
        Assert.Contains("local (current)", await OutAsync("remote", "list"), StringComparison.Ordinal);
        Assert.Equal("", await OutAsync("warning", "list", "--all", "--format", "csv"));
    }

    [Fact]
    public async Task What_is_not_served_is_refused_by_name()
    {
        await RefusedAsync("clustering", "cluster", "list");
        await RefusedAsync("clusters", "config", "set", "cluster.https_address=:8443");
        await RefusedAsync("pprof", "config", "set", "core.debug_address=:8444");
        await RefusedAsync("internal/sql", "admin", "sql", "global", "SELECT 1");
        await RefusedAsync("network_acl", "network", "acl", "list");
        await RefusedAsync("network_dns", "network", "zone", "list");
        await RefusedAsync("network_forward", "network", "forward", "list", Server.Place.Bridge);
        await RefusedAsync("network_peer", "network", "peer", "list", Server.Place.Bridge);
        await RefusedAsync("ovn", "network", "create", "ovn0", "--type", "ovn");
        await RefusedAsync("storage_buckets", "storage", "bucket", "list", "default");
        await RefusedAsync("ceph", "storage", "create", "far", "ceph");
        await RefusedAsync("clouds", "create", BusyboxImage.Alias, "c1", "-t", "aws:t2.micro");
        await RefusedAsync("web UI", "webui");
    }

    [Fact]
    public async Task An_instance_is_made_listed_configured_and_used()
    {
        await OutAsync("launch", BusyboxImage.Alias, "c1", "-c", "user.x=1", "-d", "root,size=1GiB", "-t", "c1-m0.25", "--description", "mine");
        Assert.Equal("c1,RUNNING,CONTAINER,default,mine,1", await OutAsync("list", "-f", "csv", "-c", "nstPd,user.x"));
        Assert.Equal("1,256MiB", await OutAsync("list", "c1", "-f", "csv", "-c", "limits.cpu,limits.memory"));
        Assert.Equal("c1", await OutAsync("list", "status=running", "type=container", "user.x=1", "-f", "csv", "-c", "n"));
        Assert.Equal("", await OutAsync("list", "status=stopped", "-f", "csv", "-c", "n"));
        Assert.Equal("default,c1", await OutAsync("list", "--all-projects", "-f", "csv", "-c", "en"));
        using (var json = JsonDocument.Parse(await OutAsync("list", "-f", "json")))
        {
            Assert.Equal(103, json.RootElement[0].GetProperty("state").GetProperty("status_code").GetInt32());
        }

        Assert.Contains("Status: RUNNING", await OutAsync("info", "c1"), StringComparison.Ordinal);
        await OutAsync("config", "set", "c1", "user.y=2", "user.z=3");
        await OutAsync("config", "unset", "c1", "user.y");
        await OutAsync("config", "set", "c1", "description=other", "--property");
        Assert.Equal("other", await OutAsync("config", "get", "c1", "description", "--property"));
        var shown = await OutAsync("config", "show", "c1", "--expanded");
        Assert.Contains("user.z: \"3\"", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("user.y", shown, StringComparison.Ordinal);
        await OutAsync("config", "device", "add", "c1", "d1", "disk", "source=" + _files.FullName, "path=/mnt/d1");
        Assert.Equal("/mnt/d1", await OutAsync("config", "device", "get", "c1", "d1", "path"));
        Assert.Equal("d1\nroot", await OutAsync("config", "device", "list", "c1"));
        await OutAsync("config", "device", "override", "c1", "eth0", "limits.ingress=1Mbit");
        await OutAsync("config", "device", "remove", "c1", "d1");
        await OutAsync("config", "template", "create", "c1", "motd.tpl");
        Assert.Contains("motd.tpl", await OutAsync("config", "template", "list", "c1"), StringComparison.Ordinal);
        await OutAsync("config", "template", "delete", "c1", "motd.tpl");
        Assert.Contains("busybox for tests", await OutAsync("config", "metadata", "show", "c1"), StringComparison.Ordinal);
        Assert.Equal("/tmp\nb", await OutAsync("exec", "c1", "--cwd", "/tmp", "--env", "A=b", "-T", "--", "sh", "-c", "pwd; echo $A"));
        Assert.Equal(3, (await Server.TryIncusAsync("exec", "c1", "--", "sh", "-c", "exit 3")).ExitCode);
        Assert.Contains("berth-test-console", await OutAsync("console", "c1", "--show-log"), StringComparison.Ordinal);
        await OutAsync("pause", "c1");
        Assert.Equal("FROZEN", await OutAsync("list", "-f", "csv", "-c", "s"));
        await OutAsync("resume", "c1");
        await OutAsync("restart", "c1", "--force");
        await RefusedAsync("already running", "start", "c1");
        await OutAsync("stop", "c1");
        await OutAsync("rename", "c1", "c2");
        await OutAsync("delete", "c2");
        Assert.Equal("", await OutAsync("list", "-f", "csv"));
    }

    [Fact]
    public async Task Files_go_in_and_out()
    {
        await OutAsync("launch", BusyboxImage.Alias, "c1");
        var source = Path.Combine(_files.FullName, "tree");
        Directory.CreateDirectory(Path.Combine(source, "below"));
        await File.WriteAllTextAsync(Path.Combine(source, "below", "note"), "ahoy", Cancellation);
        await OutAsync("file", "push", "--quiet", Path.Combine(source, "below", "note"), "c1/root/note", "--mode", "600", "--uid", "1", "--gid", "2");
        Assert.Equal("600 1 2", await OutAsync("exec", "c1", "--", "stat", "-c", "%a %u %g", "/root/note"));
        Assert.Equal("ahoy", await OutAsync("file", "pull", "c1/root/note", "-"));
        await OutAsync("file", "push", "--quiet", "-rp", source, "c1/srv/deep");
        await OutAsync("file", "pull", "--quiet", "-r", "c1/srv/deep", _files.FullName);
        Assert.Equal("ahoy", await File.ReadAllTextAsync(Path.Combine(_files.FullName, "deep", "tree", "below", "note"), Cancellation));
        await OutAsync("file", "create", "--create-dirs", "c1/root/a/b/");
        await OutAsync("file", "create", "--quiet", "c1/root/a/link", "/etc/passwd", "--type=symlink");
        Assert.Equal("/etc/passwd", await OutAsync("exec", "c1", "--", "readlink", "/root/a/link"));
        await OutAsync("file", "delete", "--force", "c1/root/a");
        await RefusedAsync("file does not exist", "file", "delete", "c1/root/a");
    }

    [Fact]
    public async Task Snapshots_copies_images_and_backups_are_made_of_it()
    {
        await OutAsync("launch", BusyboxImage.Alias, "c1", "-c", "user.x=1");
        await OutAsync("snapshot", "create", "c1", "s1");
        await OutAsync("snapshot", "create", "c1");
        await OutAsync("snapshot", "create", "c1", "s1", "--reuse");
        await OutAsync("snapshot", "rename", "c1", "snap0", "s2");
        Assert.Equal(["s1", "s2"], (await OutAsync("snapshot", "list", "c1", "-f", "csv")).Split('\n').Select(l => l.Split(',')[0]).Order());
        Assert.Contains("user.x: \"1\"", await OutAsync("snapshot", "show", "c1", "s1"), StringComparison.Ordinal);
        await OutAsync("snapshot", "restore", "c1", "s1");
        await OutAsync("snapshot", "delete", "c1", "s2");
        await OutAsync("copy", "c1", "c2", "--instance-only");
        await OutAsync("copy", "c1/s1", "c3");
        await OutAsync("rebuild", BusyboxImage.Alias, "c3");
        await OutAsync("publish", "c2", "--quiet", "--alias", "mine", "os=berth");
        Assert.Equal("berth", await OutAsync("image", "get-property", "mine", "os"));
        await OutAsync("image", "export", "--quiet", "mine", Path.Combine(_files.FullName, "image"));
        await OutAsync("image", "delete", "mine");
        var file = Path.Combine(_files.FullName, "c1.tar.gz");
        await OutAsync("export", "--quiet", "c1", file);

        // Beside its original: it gets addresses of its own.
        await OutAsync("import", "--quiet", file, "c4");
        Assert.Equal("c4,STOPPED,1", await OutAsync("list", "c4", "-f", "csv", "-c", "nsS"));
        await OutAsync("start", "c4");
        await OutAsync("delete", "--force", "c1", "c2", "c3", "c4");
    }

    [Fact]
    public async Task Profiles_and_projects_are_kept()
    {
        await OutAsync("profile", "create", "p1", "--description", "one");
        await OutAsync("profile", "set", "p1", "limits.cpu=1", "user.a=b");
        await OutAsync("profile", "unset", "p1", "user.a");
        await OutAsync("profile", "device", "add", "p1", "eth5", "none");
        Assert.Equal("config:\n  limits.cpu: \"1\"\ndescription: one\ndevices:\n  eth5:\n    type: none\nname: p1\nused_by: []\nproject: default", await OutAsync("profile", "show", "p1"));
        await OutAsync("profile", "copy", "p1", "p2");
        await OutAsync("profile", "rename", "p2", "p3");
        Assert.Equal(["default", "p1", "p3"], (await OutAsync("profile", "list", "-f", "csv")).Split('\n').Select(l => l.Split(',')[0]));
        await RefusedAsync("cannot be deleted", "profile", "delete", "default");
        await OutAsync("profile", "delete", "p3");
        await OutAsync("profile", "delete", "p1");
        await OutAsync("project", "create", "shop", "-c", "features.images=false");
        await OutAsync("project", "set", "shop", "limits.instances=3");
        Assert.Contains("INSTANCES,3,0", await OutAsync("project", "info", "shop", "-f", "csv"), StringComparison.Ordinal);
        await OutAsync("project", "switch", "shop");
        Assert.Equal("shop", await OutAsync("project", "get-current"));
        await OutAsync("project", "switch", "default");
        await OutAsync("project", "rename", "shop", "store");
        await OutAsync("project", "delete", "store");
    }

    [Fact]
    public async Task Networks_and_storage_are_kept()
    {
        var network = "day-" + Server.Place.Tag;
        await OutAsync("launch", BusyboxImage.Alias, "c1");
        await OutAsync("network", "create", network, "ipv4.address=10.198.77.1/24", "ipv6.address=none", "--description", "day");
        Assert.Equal("10.198.77.1/24", await OutAsync("network", "get", network, "ipv4.address"));
        Assert.Contains("10.198.77.1/24 (global)", await OutAsync("network", "info", network), StringComparison.Ordinal);
        Assert.DoesNotContain("veth", await OutAsync("network", "list", "-f", "csv"), StringComparison.Ordinal);
        await OutAsync("network", "attach", network, "c1", "eth1", "eth1");
        await OutAsync("network", "detach", network, "c1");
        await OutAsync("network", "delete", network);
        await OutAsync("storage", "volume", "create", "default", "v1");
        await OutAsync("storage", "volume", "set", "default", "v1", "user.a=b");
        await OutAsync("storage", "volume", "attach", "default", "v1", "c1", "/mnt/v1");
        await OutAsync("exec", "c1", "--", "sh", "-c", "echo kept > /mnt/v1/file");
        await OutAsync("storage", "volume", "snapshot", "create", "default", "v1", "s1");
        await OutAsync("storage", "volume", "detach", "default", "v1", "c1");
        await OutAsync("storage", "volume", "copy", "--quiet", "default/v1", "default/v2");
        await OutAsync("storage", "volume", "rename", "default", "v2", "v3");
        var file = Path.Combine(_files.FullName, "v1.tar.gz");
        await OutAsync("storage", "volume", "export", "--quiet", "default", "v1", file);
        await OutAsync("storage", "volume", "import", "--quiet", "default", file, "v4");
        await OutAsync("storage", "volume", "attach", "default", "v4", "c1", "/mnt/v4");
        Assert.Equal("kept", await OutAsync("exec", "c1", "--", "cat", "/mnt/v4/file"));
        await OutAsync("storage", "volume", "detach", "default", "v4", "c1");
        Assert.Equal(["v1", "v3", "v4"], (await OutAsync("storage", "volume", "list", "default", "type=custom", "-f", "csv", "-c", "n")).Split('\n').Where(n => !n.Contains('/', StringComparison.Ordinal)));
        foreach (var volume in new[] { "v1", "v3", "v4" })
        {
            await OutAsync("storage", "volume", "delete", "default", volume);
        }
    }

    private async Task<string> OutAsync(params string[] arguments) => (await Server.IncusAsync(arguments)).Line;

    private async Task RefusedAsync(string reason, params string[] arguments) => (await Server.TryIncusAsync(arguments)).Failed(reason);
}
