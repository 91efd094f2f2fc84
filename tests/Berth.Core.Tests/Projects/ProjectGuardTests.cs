using Berth.Core.Instances;
using Berth.Core.Projects;

namespace Berth.Core.Tests.Projects;

public sealed class ProjectGuardTests
{
    private readonly TestProjects _test = new();

    [Theory]
    [InlineData("limits.instances", InstanceKind.Container)]
    [InlineData("limits.containers", InstanceKind.Container)]
    [InlineData("limits.virtual-machines", InstanceKind.Machine)]
    public void No_more_instances_than_allowed(string key, InstanceKind kind)
    {
        _test.Create("shop", (key, "1"));
        _test.Registry.Add(TestProjects.Instance("shop", "a", kind));
        Refused(key, () => _test.Guard.Check(TestProjects.Instance("shop", "b", kind)));
        _test.Guard.Check(TestProjects.Instance("shop", "a", kind));
        _test.Guard.Check(TestProjects.Instance("default", "b", kind));
    }

    [Fact]
    public void The_last_place_is_given_once()
    {
        _test.Create("shop", ("limits.instances", "1"));
        using (_test.Guard.Reserve(TestProjects.Instance("shop", "a")))
        {
            Refused("limits.instances", () => _test.Guard.Reserve(TestProjects.Instance("shop", "b")));
        }

        _test.Guard.Reserve(TestProjects.Instance("shop", "b")).Dispose();
    }

    [Theory]
    [InlineData("limits.memory", "1GiB", "600MiB", "400MiB")]
    [InlineData("limits.cpu", "3", "2", "1")]
    [InlineData("limits.processes", "100", "60", "40")]
    public void Sums_stay_within_the_limit(string key, string limit, string first, string rest)
    {
        _test.Create("shop", (key, limit));
        _test.Registry.Add(TestProjects.Instance("shop", "a", config: (key, first)));
        Refused(key, () => _test.Guard.Check(TestProjects.Instance("shop", "b", config: (key, first))));
        Refused(key, () => _test.Guard.Check(TestProjects.Instance("shop", "b")));
        _test.Guard.Check(TestProjects.Instance("shop", "b", config: (key, rest)));
    }

    [Theory]
    [InlineData("limits.memory", "1GiB", "50%")]
    [InlineData("limits.cpu", "2", "0-1")]
    public void What_cannot_be_summed_is_refused(string key, string limit, string value)
    {
        _test.Create("shop", (key, limit));
        Refused(key, () => _test.Guard.Check(TestProjects.Instance("shop", "a", config: (key, value))));
    }

    [Fact]
    public void Disks_and_volumes_count_together()
    {
        _test.Create("shop", ("limits.disk", "3GiB"), ("limits.disk.pool.fast", "1GiB"));
        _test.Guard.Volumes = project => project == "shop" ? [new("fast", "v1", "1GiB")] : [];
        _test.Registry.Add(TestProjects.Instance("shop", "a"));
        _test.Guard.Check("shop", new("default", "v2", "1GiB"));
        Refused("limits.disk", () => _test.Guard.Check("shop", new("default", "v2", "2GiB")));
        Refused("limits.disk.pool.fast", () => _test.Guard.Check("shop", new("fast", "v2", "1MiB")));
        Refused("size", () => _test.Guard.Check("shop", new("default", "v2", null)));
        var use = _test.Guard.Use("shop", networks: 0);
        Assert.Equal(new ProjectUse(3L << 30, 2L << 30), use["disk"]);
        Assert.Equal(new ProjectUse(1L << 30, 1L << 30), use["disk.fast"]);
        Assert.Equal(new ProjectUse(-1, 1), use["instances"]);
    }

    [Fact]
    public void A_limit_below_what_is_used_is_refused()
    {
        _test.Create("shop");
        _test.Registry.Add(TestProjects.Instance("shop", "a"));
        Refused("limits.instances", () => _test.Set("shop", ("limits.instances", "0")));
        Assert.False(_test.Service.Get("shop").Config.ContainsKey("limits.instances"));
    }

    [Theory]
    [InlineData("security.nesting", "true", "restricted.containers.nesting", "allow")]
    [InlineData("security.privileged", "true", "restricted.containers.privilege", "allow")]
    [InlineData("raw.lxc", "lxc.x=1", "restricted.containers.lowlevel", "allow")]
    [InlineData("security.syscalls.intercept.mount", "true", "restricted.containers.interception", "full")]
    [InlineData("security.syscalls.intercept.mknod", "true", "restricted.containers.interception", "allow")]
    [InlineData("raw.idmap", "both 1000 0", "restricted.idmap.uid", null)]
    public void A_restricted_project_blocks_what_no_key_allows(string key, string value, string restriction, string? allows)
    {
        _test.Create("shop", ("restricted", "true"));
        var wanted = TestProjects.Instance("shop", "a", config: (key, value));
        Refused(restriction, () => _test.Guard.Check(wanted));
        if (allows is not null)
        {
            _test.Set("shop", (restriction, allows));
            _test.Guard.Check(wanted);
        }
    }

    [Theory]
    [InlineData("1000-1999", "1000-1999", true)]
    [InlineData("1000-1999", "", false)]
    [InlineData("1001", "1000-1999", false)]
    public void Ids_of_the_host_are_used_where_allowed(string uids, string gids, bool allowed)
    {
        _test.Create("shop", ("restricted", "true"), ("restricted.idmap.uid", uids), ("restricted.idmap.gid", gids));
        var wanted = TestProjects.Instance("shop", "a", config: ("raw.idmap", "uid 1500 1500\nboth 1000 0"));
        if (allowed)
        {
            _test.Guard.Check(wanted);
        }
        else
        {
            Refused("raw.idmap", () => _test.Guard.Check(wanted));
        }
    }

    [Theory]
    [InlineData("proxy", "restricted.devices.proxy")]
    [InlineData("unix-char", "restricted.devices.unix-char")]
    [InlineData("gpu", "restricted.devices.gpu")]
    public void A_restricted_project_blocks_devices(string type, string restriction)
    {
        _test.Create("shop", ("restricted", "true"));
        var wanted = With(TestProjects.Instance("shop", "a"), "d", ("type", type));
        Refused(restriction, () => _test.Guard.Check(wanted));
        _test.Set("shop", (restriction, "allow"));
        _test.Guard.Check(wanted);
    }

    [Fact]
    public void Disks_of_the_host_need_an_allowed_path()
    {
        _test.Create("shop", ("restricted", "true"));
        var wanted = With(TestProjects.Instance("shop", "a"), "d", ("type", "disk"), ("source", "/srv/shop/x"), ("path", "/x"));
        Refused("restricted.devices.disk", () => _test.Guard.Check(wanted));
        _test.Set("shop", ("restricted.devices.disk", "allow"), ("restricted.devices.disk.paths", "/srv/shop"));
        _test.Guard.Check(wanted);
        foreach (var source in new[] { "/srv/shop/../../etc", "/srv/shopping", "/srv" })
        {
            Refused("restricted.devices.disk.paths", () => _test.Guard.Check(With(wanted, "d", ("type", "disk"), ("source", source), ("path", "/x"))));
        }
    }

    [Fact]
    public void Networks_and_pools_that_are_not_listed_are_not_there()
    {
        _test.Create("shop", ("restricted", "true"), ("restricted.networks.access", "br1"), ("restricted.storage-pools.access", "default"));
        Assert.True(_test.Guard.NetworkAllowed("shop", "br1"));
        Assert.False(_test.Guard.NetworkAllowed("shop", "br0"));
        Assert.False(_test.Guard.PoolAllowed("shop", "fast"));
        _test.Guard.Check(With(TestProjects.Instance("shop", "a"), "eth0", ("type", "nic"), ("network", "br1")));
        Refused("restricted.networks.access", () => _test.Guard.Check(With(TestProjects.Instance("shop", "a"), "eth0", ("type", "nic"), ("network", "br0"))));
        Refused("restricted.devices.nic", () => _test.Guard.Check(With(TestProjects.Instance("shop", "a"), "eth0", ("type", "nic"), ("nictype", "bridged"), ("parent", "br1"))));
        Refused("not accessible", () => _test.Guard.Check("shop", new("fast", "v", "1GiB")));
    }

    [Fact]
    public void Volatile_keys_do_not_reach_around_restrictions()
    {
        _test.Create("shop", ("restricted", "true"));
        _test.Registry.Add(TestProjects.Instance("shop", "a", config: ("volatile.eth0.host_name", "veth1")));
        _test.Guard.Check(TestProjects.Instance("shop", "a", config: ("volatile.eth0.host_name", "veth1")));
        Refused("volatile.eth0.host_name", () => _test.Guard.Check(TestProjects.Instance("shop", "a", config: ("volatile.eth0.host_name", "veth2"))));
        _test.Guard.Check(TestProjects.Instance("shop", "b", config: ("volatile.eth0.hwaddr", "00:16:3e:00:00:01")));
    }

    [Fact]
    public void Snapshots_backups_and_image_servers_are_restricted()
    {
        _test.Create("shop", ("restricted", "true"), ("restricted.images.servers", "images.example:8443"));
        Refused("restricted.snapshots", () => _test.Guard.AllowSnapshot("shop"));
        Refused("restricted.backups", () => _test.Guard.AllowBackup("shop"));
        Refused("other.example", () => _test.Guard.AllowImageServer("shop", "https://other.example/"));
        _test.Guard.AllowImageServer("shop", "https://images.example:8443/x");
        _test.Set("shop", ("restricted.snapshots", "allow"), ("restricted.backups", "allow"));
        _test.Guard.AllowSnapshot("shop");
        _test.Guard.AllowBackup("shop");
        _test.Guard.AllowSnapshot("default");
    }

    [Fact]
    public void A_profile_of_a_restricted_project_is_restricted_too()
    {
        _test.Create("shop", ("restricted", "true"));
        Refused("security.nesting", () => _test.Profiles.Create(new()
        {
            Project = "shop", Name = "nested", Config = TestProjects.Map(("security.nesting", "true")),
        }));
        _test.Profiles.Create(new() { Project = "default", Name = "nested", Config = TestProjects.Map(("security.nesting", "true")) });
    }

    [Fact]
    public void A_project_is_not_restricted_over_what_it_has()
    {
        _test.Create("shop");
        _test.Registry.Add(TestProjects.Instance("shop", "a", config: ("security.nesting", "true")));
        Refused("security.nesting", () => _test.Set("shop", ("restricted", "true")));
        _test.Set("shop", ("restricted", "true"), ("restricted.containers.nesting", "allow"));
    }

    private static InstanceRecord With(InstanceRecord record, string device, params (string Key, string Value)[] config) =>
        record with { Devices = record.Devices.SetItem(device, TestProjects.Map(config)) };

    private static void Refused(string named, Action action)
    {
        var refusal = Assert.Throws<BerthException>(action);
        Assert.Equal(ErrorKind.Forbidden, refusal.Kind);
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }
}
