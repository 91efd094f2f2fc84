using Berth.Api;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Core.Server;

namespace Berth.Daemon.Mapping;

/// <summary>The catalogues of keys as <c>/1.0/metadata/configuration</c> has them: what is in here works, what is not is refused.</summary>
internal static class ConfigurationMap
{
    public static MetadataConfiguration ToWire(ServerConfig server) => new()
    {
        Configs = new SortedDictionary<string, IReadOnlyDictionary<string, MetadataConfigGroup>>(StringComparer.Ordinal)
        {
            ["instance"] = Groups(ConfigCatalogue.Known.Select(k => (k, Probed(v => ConfigCatalogue.Validate(k, v, null), ConfigCatalogue.IsLive(k)))), InstanceGroup),
            ["network_bridge"] = Groups(NetworkCatalogue.Keys.Select(k => (k, Probed(v => NetworkCatalogue.Validate(k, v), live: true))), _ => "common"),
            ["server"] = Groups(server.Keys.Select(k => (k.Name, ToWire(k))), ServerGroup),
        },
    };

    private static MetadataConfigKey ToWire(ServerKey key) => new()
    {
        Type = key.Type switch
        {
            ServerKeyType.Bool => "bool",
            ServerKeyType.Integer => "integer",
            _ => "string",
        },
        Shortdesc = key.Description,
        Defaultdesc = key.Default.Length > 0 ? $"`{key.Default}`" : null,
        Scope = "global",
    };

    /// <summary>These catalogues say of a value whether it is taken; what kind of values a key takes is found out so.</summary>
    private static MetadataConfigKey Probed(Action<string> validate, bool live) => new()
    {
        Type = (Takes(validate, "true"), Takes(validate, "5"), Takes(validate, "some text")) switch
        {
            (true, _, false) => "bool",
            (false, true, false) => "integer",
            _ => "string",
        },
        Liveupdate = live ? "yes" : "no",
    };

    private static bool Takes(Action<string> validate, string value)
    {
        try
        {
            validate(value);
            return true;
        }
        catch (BerthException)
        {
            return false;
        }
    }

    private static SortedDictionary<string, MetadataConfigGroup> Groups(IEnumerable<(string Name, MetadataConfigKey Key)> keys, Func<string, string> groupOf) => new(
        keys.GroupBy(k => groupOf(k.Name), StringComparer.Ordinal).ToDictionary(
            g => g.Key,
            g => new MetadataConfigGroup
            {
                Keys = [.. g.OrderBy(k => k.Name, StringComparer.Ordinal).Select(k => (IReadOnlyDictionary<string, MetadataConfigKey>)new Dictionary<string, MetadataConfigKey> { [k.Name] = k.Key })],
            }),
        StringComparer.Ordinal);

    private static string InstanceGroup(string key) => key.Split('.')[0] switch
    {
        "limits" => "resource-limits",
        "boot" or "cloud-init" or "migration" or "nvidia" or "raw" or "security" or "snapshots" or "volatile" => key.Split('.')[0],
        _ => "miscellaneous",
    };

    private static string ServerGroup(string key) => key.Split('.')[0] switch
    {
        "core" or "images" => key.Split('.')[0],
        _ => "miscellaneous",
    };
}
