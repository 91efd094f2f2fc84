using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Commands.Config;
using Berth.Cli.Input;
using Berth.Cli.Remotes;

namespace Berth.Cli.Commands.Instances;

/// <summary>The request of <c>launch</c> and <c>create</c>: what standard input holds, overlaid with the options.</summary>
internal static class LaunchRequest
{
    public static async Task<InstancesPost> BuildAsync(
        Session session, ParseResult result, LaunchOptions options, ImageName? image, string name, bool start, CancellationToken cancellation)
    {
        var file = StandardInput.HoldsData ? FromYaml(StandardInput.ReadAll()) : new InstancesPost();
        var config = new Dictionary<string, string>(file.Config, StringComparer.Ordinal);
        AddEnvironment(config, result.GetValue(options.EnvironmentFile));
        foreach (var (key, value) in KeyValues.ParseAll(result.GetValue(options.Config)!))
        {
            config[key] = value;
        }

        var profiles = Profiles(result, options, file);
        return new InstancesPost
        {
            Name = name,
            Type = result.GetValue(options.Machine) ? "virtual-machine" : file.Type.Length > 0 ? file.Type : "container",
            Source = image is null ? new InstanceSource { Type = "none" } : await ImageReference.SourceAsync(session.Client, image, cancellation),
            Config = config,
            Devices = await DevicesAsync(session, result, options, file, profiles, cancellation),
            Profiles = profiles,
            Description = result.GetValue(options.Description) ?? file.Description,
            Ephemeral = result.GetValue(options.Ephemeral) || file.Ephemeral,
            InstanceType = result.GetValue(options.Type) ?? "",
            Architecture = file.Architecture,
            Start = start,
        };
    }

    private static InstancesPost FromYaml(string text)
    {
        var map = YamlReader.ParseMap(text);
        Stringify.Values(map["config"]);
        foreach (var (_, device) in map["devices"] as JsonObject ?? [])
        {
            Stringify.Values(device);
        }

        try
        {
            return map.Deserialize(BerthJson.Default.InstancesPost)!;
        }
        catch (JsonException e)
        {
            throw new CliException($"the configuration on standard input does not fit: {e.Message}");
        }
    }

    private static IReadOnlyList<string>? Profiles(ParseResult result, LaunchOptions options, InstancesPost file)
    {
        var named = result.GetValue(options.Profile)!;
        if (!result.GetValue(options.NoProfiles))
        {
            return named.Length > 0 ? named : file.Profiles;
        }

        return named.Length == 0 ? [] : throw CliException.Usage("--profile and --no-profiles exclude each other");
    }

    private static void AddEnvironment(Dictionary<string, string> config, string? path)
    {
        foreach (var line in path is null ? [] : File.ReadLines(path))
        {
            if (line.Length > 0 && line[0] != '#')
            {
                var (key, value) = KeyValues.Parse(line);
                config["environment." + key] = value;
            }
        }
    }

    private static async Task<Dictionary<string, IReadOnlyDictionary<string, string>>> DevicesAsync(
        Session session, ParseResult result, LaunchOptions options, InstancesPost file, IReadOnlyList<string>? profiles, CancellationToken cancellation)
    {
        var devices = file.Devices.ToDictionary(d => d.Key, d => new Dictionary<string, string>(d.Value, StringComparer.Ordinal), StringComparer.Ordinal);
        var changes = KeyValues.ParseDevices(result.GetValue(options.Device)!);
        var pool = result.GetValue(options.Storage);
        var network = result.GetValue(options.Network);
        if (pool is not null || changes.Count > 0)
        {
            await InheritAsync(session, devices, pool is null ? changes.Keys : [.. changes.Keys, "root"], profiles, cancellation);
        }

        if (network is not null)
        {
            devices["eth0"] = await NicAsync(session, Names.Local(network), cancellation);
        }

        if (pool is not null)
        {
            var root = Device(devices, "root");
            root["type"] = "disk";
            root["path"] = "/";
            root["pool"] = Names.Local(pool);
        }

        foreach (var (name, keys) in changes)
        {
            foreach (var (key, value) in keys)
            {
                Device(devices, name)[key] = value;
            }
        }

        return devices.ToDictionary(d => d.Key, d => (IReadOnlyDictionary<string, string>)d.Value, StringComparer.Ordinal);
    }

    /// <summary>A change to a device that a profile gives starts from the profile's.</summary>
    private static async Task InheritAsync(
        Session session,
        Dictionary<string, Dictionary<string, string>> devices,
        IReadOnlyCollection<string> names,
        IReadOnlyList<string>? profiles,
        CancellationToken cancellation)
    {
        foreach (var profile in (profiles ?? ["default"]).Reverse())
        {
            var given = await session.Client.GetAsync(Paths.Profile(profile), BerthJson.Default.Profile, cancellation);
            foreach (var name in names)
            {
                if (!devices.ContainsKey(name) && given.Devices.TryGetValue(name, out var device))
                {
                    devices[name] = new Dictionary<string, string>(device, StringComparer.Ordinal);
                }
            }
        }
    }

    private static async Task<Dictionary<string, string>> NicAsync(Session session, string name, CancellationToken cancellation)
    {
        var network = await session.Client.GetAsync(Paths.Network(name), BerthJson.Default.Network, cancellation);
        return NicDevice.For(network, "eth0");
    }

    private static Dictionary<string, string> Device(Dictionary<string, Dictionary<string, string>> devices, string name)
    {
        if (!devices.TryGetValue(name, out var device))
        {
            devices[name] = device = new Dictionary<string, string>(StringComparer.Ordinal);
        }

        return device;
    }
}
