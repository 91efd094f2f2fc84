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
            ["instance"] = InstanceGroups(),
            ["network_bridge"] = Groups(NetworkCatalogue.Keys.Select(k => (k, Probed(v => NetworkCatalogue.Validate(k, v), live: true))), _ => "common"),
            ["server"] = Groups(server.Keys.Select(k => (k.Name, ToWire(k))), ServerGroup),
        },
    };

    private static SortedDictionary<string, MetadataConfigGroup> InstanceGroups()
    {
        var served = ConfigCatalogue.Groups.SelectMany(g => g.Value.Where(k => k.Refusal is null).Select(k => (Group: g.Key, Key: k))).ToList();
        var groups = served.ToDictionary(k => k.Key.Name, k => k.Group, StringComparer.Ordinal);
        return Groups(served.Select(k => (k.Key.Name, ToWire(k.Key))), name => groups[name]);
    }

    private static MetadataConfigKey ToWire(ConfigKey key) => new()
    {
        Type = key.Type,
        Shortdesc = key.Description,
        Defaultdesc = key.Default is { } value ? $"`{value}`" : null,
        Liveupdate = key.Live ? "yes" : "no",
        Condition = key.Scope switch
        {
            KeyScope.Container => "container",
            KeyScope.Machine => "virtual machine",
            _ => null,
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

    private static string ServerGroup(string key) => key.Split('.')[0] switch
    {
        "core" or "images" => key.Split('.')[0],
        _ => "miscellaneous",
    };
}
