using System.CommandLine;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Commands.Config;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Storage;

/// <summary>Volumes as disk devices of instances and profiles.</summary>
internal static class VolumeAttachCommands
{
    public static BerthCommand BuildAttach() => Attach("attach", "Attach a volume to an instance", () => Completed.Instance(), Resource.Instance);

    public static BerthCommand BuildAttachProfile() => Attach("attach-profile", "Attach a volume to a profile", Completed.Profile, Resource.Profile);

    public static BerthCommand BuildDetach() => Detach("detach", "Detach a volume from an instance", () => Completed.Instance(), Resource.Instance);

    public static BerthCommand BuildDetachProfile() => Detach("detach-profile", "Detach a volume from a profile", Completed.Profile, Resource.Profile);

    private static BerthCommand Attach(string verb, string description, Func<Argument<string>> owner, Func<string, Resource> resource)
    {
        var pool = Completed.Pool();
        var volume = VolumeCommands.Volume();
        var target = owner();
        var rest = new Argument<string[]>("[device] [path]")
        {
            Description = "Name of the device (default: the volume's), and where a filesystem volume is mounted",
            Arity = new ArgumentArity(0, 2),
        };
        return new BerthCommand(verb, description) { Examples = [$"berth storage volume {verb} default data NAME /srv/data", $"berth storage volume {verb} default disk NAME"] }
            .With(pool, volume, target, rest)
            .Runs(async (session, result, cancellation) =>
            {
                var (poolName, name) = (Names.Local(result.GetValue(pool)!), Custom(result.GetValue(volume)!));
                var (device, path) = result.GetValue(rest) switch
                {
                    [var only] => (name, only),
                    [var named, var where] => (named, where),
                    _ => (name, ""),
                };
                var content = (await session.Client.GetAsync(Resource.Volume(poolName, name).Path, BerthJson.Default.StorageVolume, cancellation)).ContentType;
                if (content == "filesystem" && path.Length == 0)
                {
                    throw CliException.Usage($"{name} holds files: say where they are to be mounted, for example /srv/{name}");
                }

                var keys = new Dictionary<string, string> { ["type"] = "disk", ["pool"] = poolName, ["source"] = name };
                if (content == "filesystem")
                {
                    keys["path"] = path;
                }

                await resource(result.GetValue(target)!).ChangeAsync(session, body => DeviceCommands.Put(body, device, keys), cancellation);
            });
    }

    private static BerthCommand Detach(string verb, string description, Func<Argument<string>> owner, Func<string, Resource> resource)
    {
        var pool = Completed.Pool();
        var volume = VolumeCommands.Volume();
        var target = owner();
        var device = new Argument<string?>("device") { Description = "Name of the device, where several have the volume", Arity = ArgumentArity.ZeroOrOne };
        return new BerthCommand(verb, description) { Examples = [$"berth storage volume {verb} default data NAME"] }
            .With(pool, volume, target, device)
            .Runs((session, result, cancellation) =>
            {
                var (poolName, name) = (Names.Local(result.GetValue(pool)!), Custom(result.GetValue(volume)!));
                return resource(result.GetValue(target)!).ChangeAsync(session, body => Remove(body, poolName, name, result.GetValue(device)), cancellation);
            });
    }

    private static void Remove(JsonObject body, string pool, string volume, string? wanted)
    {
        var devices = Resource.Map(body, "devices");
        var found = devices.Where(d => wanted is null || d.Key == wanted)
            .Where(d => d.Value is JsonObject keys && Text(keys, "type") == "disk" && Text(keys, "pool") == pool && Text(keys, "source") == volume)
            .Select(d => d.Key)
            .ToList();
        switch (found)
        {
            case [var only]:
                devices.Remove(only);
                break;
            case []:
                throw new CliException($"there is no device {wanted}{(wanted is null ? "" : " ")}with the volume {pool}/{volume}");
            default:
                throw CliException.Usage($"several devices have the volume: name one of {string.Join(", ", found)}");
        }
    }

    private static string Text(JsonObject keys, string key) => keys[key]?.GetValue<string>() ?? "";

    private static string Custom(string volume) => Names.Split(volume) switch
    {
        ("custom", { Length: > 0 } name) => name,
        (var name, "") => name,
        _ => throw CliException.Usage($"{volume} is no custom volume: only those can be attached"),
    };
}
