using Berth.Core.Devices;
using Berth.Core.Devices.Disks;
using Berth.Core.Devices.Proxies;
using Berth.Core.Networks;
using Berth.Core.Networks.Config;
using Berth.Core.Projects;
using Berth.Core.Storage;
using Berth.Core.Storage.Volumes;

namespace Berth.Core.Server;

/// <summary>A configuration key, by the table that checks it.</summary>
/// <param name="Entity">What it belongs to, as <c>/1.0/metadata/configuration</c> names it.</param>
/// <param name="Check">What is wrong with a value; null: nothing.</param>
public sealed record CatalogueKey(string Entity, string Group, string Name, Func<string, string?> Check);

/// <summary>Every key of devices, networks, projects, pools and volumes that is served: read from the tables that check them, so that it cannot say anything else.</summary>
public static class KeyCatalogue
{
    /// <param name="drivers">The storage drivers that there are.</param>
    public static IEnumerable<CatalogueKey> All(IEnumerable<IStorageDriver> drivers) =>
    [
        .. Keys("devices", "disk", DiskKeys.Table.Known),
        .. NicKeys.TypeNames.SelectMany(t => NicKeys.Keys[t.Value].Where(k => k != "type")
            .Select(k => new CatalogueKey("devices", "nic_" + t.Key, k, v => NicForms.Problem(k, v)))),
        .. Keys("devices", "proxy", ProxyDevices.Table.Known),
        .. Keys("devices", "unix-char-block", UnixDevices.Known),
        .. Keys("network_bridge", "common", NetworkKeys.Known),
        .. ProjectKeys.Keys.Select(k => new CatalogueKey("project", GroupOf(k.Key), k.Key, k.Value)),
        new("project", "limits", ProjectKeys.PoolLimit + "POOL_NAME", ProjectKeys.Size),
        .. drivers.SelectMany(d => Keys("storage_" + d.Name, "common", d.ConfigKeys.Select(k => KeyValuePair.Create(k, (Func<string, string?>)Text)))),
        .. drivers.SelectMany(d => Keys("storage_volume_" + d.Name, "common", VolumeConfig.Of(d.Name))),
    ];

    private static IEnumerable<CatalogueKey> Keys(string entity, string group, IEnumerable<KeyValuePair<string, Func<string, string?>>> table) =>
        table.Select(k => new CatalogueKey(entity, group, k.Key, k.Value));

    private static string GroupOf(string key) => key.Split('.')[0] is ("features" or "limits" or "restricted") and var group ? group : "specific";

    private static string? Text(string value) => null;
}
