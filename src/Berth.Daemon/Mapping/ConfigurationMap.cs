using Berth.Api;
using Berth.Core.Instances;
using Berth.Core.Server;
using Berth.Core.Storage;

namespace Berth.Daemon.Mapping;

/// <summary>The catalogues of keys as <c>/1.0/metadata/configuration</c> has them: what is in here works, what is not is refused.</summary>
internal static class ConfigurationMap
{
    public static MetadataConfiguration ToWire(ServerConfig server, IEnumerable<IStorageDriver> drivers) => new()
    {
        Configs = new SortedDictionary<string, IReadOnlyDictionary<string, MetadataConfigGroup>>(
            All(server, drivers).GroupBy(e => e.Entity, StringComparer.Ordinal).ToDictionary(
                e => e.Key,
                e => (IReadOnlyDictionary<string, MetadataConfigGroup>)new SortedDictionary<string, MetadataConfigGroup>(
                    e.GroupBy(k => k.Group, StringComparer.Ordinal).ToDictionary(g => g.Key, ToGroup), StringComparer.Ordinal)),
            StringComparer.Ordinal),
    };

    private static IEnumerable<Entry> All(ServerConfig server, IEnumerable<IStorageDriver> drivers) =>
    [
        .. ConfigCatalogue.Groups.SelectMany(g => g.Value.Where(k => k.Refusal is null).Select(k => new Entry("instance", g.Key, k.Name, ToWire(k)))),
        .. server.Keys.Select(k => new Entry("server", k.Name.Split('.')[0] is ("core" or "images") and var group ? group : "miscellaneous", k.Name, ToWire(k))),
        .. KeyCatalogue.All(drivers).Select(k => new Entry(k.Entity, k.Group, k.Name, ToWire(k))),
    ];

    private static MetadataConfigGroup ToGroup(IEnumerable<Entry> entries) => new()
    {
        Keys =
        [
            .. entries.OrderBy(e => e.Name, StringComparer.Ordinal)
                .Select(e => (IReadOnlyDictionary<string, MetadataConfigKey>)new Dictionary<string, MetadataConfigKey> { [e.Name] = e.Key }),
        ],
    };

    private static MetadataConfigKey ToWire(ConfigKey key) => new()
    {
        Type = key.Type,
        Shortdesc = key.Description,
        Defaultdesc = Quoted(key.Default),
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
        Defaultdesc = Quoted(key.Default),
        Scope = "global",
    };

    /// <summary>These catalogues say of a value whether it is taken; what kind of values a key takes is found out so.</summary>
    private static MetadataConfigKey ToWire(CatalogueKey key)
    {
        bool Takes(string value) => key.Check(value) is null;
        var about = KeyDescriptions.Find(key.Entity, key.Group, key.Name);
        return new()
        {
            Type = (Takes("true"), Takes("5") && !Takes("5MiB"), Takes("some text")) switch
            {
                (true, _, false) => "bool",
                (false, true, false) => "integer",
                _ => "string",
            },
            Shortdesc = about.Text,
            Defaultdesc = Quoted(about.Default),
            Condition = about.Required ? "required" : null,
        };
    }

    private static string? Quoted(string? value) => string.IsNullOrEmpty(value) ? null : $"`{value}`";

    private sealed record Entry(string Entity, string Group, string Name, MetadataConfigKey Key);
}
