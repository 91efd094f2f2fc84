using System.Text.Json.Nodes;
using Berth.Cli.Client;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Instances;

/// <summary>The configuration of a copy: the source's own, overlaid with what the command line says.</summary>
internal static class InstanceChange
{
    // What belongs to the one instance: its addresses, ids and last state.
    private const string Volatile = "volatile.";
    private const string BaseImage = "volatile.base_image";

    public static async Task<JsonObject> ReadSourceAsync(Session session, string name, CancellationToken cancellation)
    {
        var (instance, snapshot) = Names.Split(name);
        var own = (await session.Client.GetAsync(Paths.Instance(instance), cancellation)).AsObject();
        if (snapshot.Length == 0)
        {
            return own;
        }

        var then = (await session.Client.GetAsync(Paths.Join(Paths.Instance(instance) + "/snapshots", snapshot), cancellation)).AsObject();
        then["type"] = own["type"]?.DeepClone();
        return then;
    }

    public static JsonObject Config(JsonObject original, string[] changes)
    {
        var config = new JsonObject();
        foreach (var (key, value) in original["config"] as JsonObject ?? [])
        {
            if (key == BaseImage || !key.StartsWith(Volatile, StringComparison.Ordinal))
            {
                config[key] = value?.DeepClone();
            }
        }

        foreach (var (key, value) in KeyValues.ParseAll(changes))
        {
            config[key] = value;
        }

        return config;
    }

    public static JsonObject Devices(JsonObject original, string[] changes, string? pool)
    {
        var devices = original["devices"] is JsonObject own ? (JsonObject)own.DeepClone() : [];
        if (pool is not null)
        {
            Device(original, devices, "root")["pool"] = Names.Local(pool);
            Device(original, devices, "root")["type"] = "disk";
            Device(original, devices, "root")["path"] = "/";
        }

        foreach (var (name, keys) in KeyValues.ParseDevices(changes))
        {
            var device = Device(original, devices, name);
            foreach (var (key, value) in keys)
            {
                device[key] = value;
            }
        }

        return devices;
    }

    public static JsonArray Profiles(JsonObject original, string[] named, bool none) =>
        none && named.Length > 0 ? throw CliException.Usage("--profile and --no-profiles exclude each other")
        : none ? []
        : named.Length > 0 ? new JsonArray([.. named.Select(name => JsonValue.Create(name))])
        : original["profiles"]?.DeepClone() as JsonArray ?? [];

    private static JsonObject Device(JsonObject original, JsonObject devices, string name)
    {
        if (devices[name] is not JsonObject device)
        {
            device = original["expanded_devices"]?[name]?.DeepClone() as JsonObject ?? [];
            devices[name] = device;
        }

        return device;
    }
}
