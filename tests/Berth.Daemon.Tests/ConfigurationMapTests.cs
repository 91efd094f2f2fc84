using Berth.Core.Events;
using Berth.Core.Server;
using Berth.Core.State;
using Berth.Daemon.Mapping;
using Berth.Storage.Btrfs;
using Berth.Storage.Dir;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Daemon.Tests;

public sealed class ConfigurationMapTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("berth-keys");
    private readonly SqliteStateStore _store;
    private readonly Api.MetadataConfiguration _all;

    public ConfigurationMapTests()
    {
        _store = SqliteStateStore.Open(Path.Combine(_directory.FullName, "berth.db"));
        _all = ConfigurationMap.ToWire(
            new ServerConfig(_store, new EventHub(TimeProvider.System)),
            [new DirDriver(_directory.FullName, NullLogger<DirDriver>.Instance), new BtrfsDriver(_directory.FullName, NullLogger<BtrfsDriver>.Instance)]);
    }

    public void Dispose()
    {
        _store.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public void Every_key_says_what_it_does_and_what_it_takes()
    {
        var mute = Keys().Where(k => k.Key.Shortdesc.Length == 0 || k.Key.Type.Length == 0).Select(k => $"{k.Entity}/{k.Group}/{k.Name}");
        Assert.Empty(mute);
    }

    [Theory]
    [InlineData("instance", "resource-limits", "limits.memory", "string")]
    [InlineData("devices", "disk", "readonly", "bool")]
    [InlineData("devices", "disk", "boot.priority", "integer")]
    [InlineData("devices", "disk", "size", "string")]
    [InlineData("devices", "nic_bridged", "hwaddr", "string")]
    [InlineData("devices", "proxy", "listen", "string")]
    [InlineData("devices", "unix-char-block", "uid", "integer")]
    [InlineData("network_bridge", "common", "ipv4.dhcp", "bool")]
    [InlineData("project", "limits", "limits.instances", "integer")]
    [InlineData("project", "limits", "limits.memory", "string")]
    [InlineData("project", "restricted", "restricted", "bool")]
    [InlineData("storage_dir", "common", "source", "string")]
    [InlineData("storage_volume_btrfs", "common", "security.shifted", "bool")]
    public void The_tables_that_check_the_keys_are_read(string entity, string group, string name, string type) =>
        Assert.Equal(type, Assert.Single(Keys(), k => (k.Entity, k.Group, k.Name) == (entity, group, name)).Key.Type);

    [Fact]
    public void What_is_refused_is_not_there() =>
        Assert.DoesNotContain(Keys(), k => k.Name is "migration.stateful" or "initial." or "ceph.user_name" or "core.bgp_address");

    private IEnumerable<(string Entity, string Group, string Name, Api.MetadataConfigKey Key)> Keys() =>
        from entity in _all.Configs
        from groups in entity.Value
        from entry in groups.Value.Keys
        from key in entry
        select (entity.Key, groups.Key, key.Key, key.Value);
}
