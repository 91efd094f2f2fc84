using System.CommandLine;
using System.Text.Json.Nodes;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Config;

/// <summary>Devices of an instance or a profile: <c>berth config device</c> and <c>berth profile device</c>.</summary>
internal static class DeviceCommands
{
    public static BerthCommand Build(string group, string noun, Func<string, Resource> resource, Func<Argument<string>> owner)
    {
        var command = new BerthCommand("device", $"Manage devices of a {noun}")
        {
            Examples = [$"berth {group} add NAME data disk source=/srv path=/srv", $"berth {group} set NAME root size=20GiB"],
        }.With(
            List(resource, owner), Show(resource, owner), Add(group, resource, owner), Get(resource, owner), Set(resource, owner),
            Unset(resource, owner), Remove(resource, owner));
        return noun == "instance" ? command.With(Override(resource, owner)) : command;
    }

    /// <summary>Adds a device; that it is there already is an error.</summary>
    public static void Put(JsonObject body, string name, IReadOnlyDictionary<string, string> keys)
    {
        var devices = Resource.Map(body, "devices");
        if (devices.ContainsKey(name))
        {
            throw new CliException($"there is a device {name} already");
        }

        var device = new JsonObject();
        foreach (var (key, value) in keys)
        {
            device[key] = value;
        }

        devices[name] = device;
    }

    private static BerthCommand List(Func<string, Resource> resource, Func<Argument<string>> owner)
    {
        var name = owner();
        return new BerthCommand("list", "List the names of devices") { Alternatives = ["ls"] }.With(name).Runs(async (session, result, cancellation) =>
        {
            var devices = await ReadAsync(session, resource(result.GetValue(name)!), "devices", cancellation);
            foreach (var (device, _) in devices.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                session.Out.WriteLine(device);
            }
        });
    }

    private static BerthCommand Show(Func<string, Resource> resource, Func<Argument<string>> owner)
    {
        var name = owner();
        return new BerthCommand("show", "Show all devices as YAML").With(name).Runs(async (session, result, cancellation) =>
            YamlWriter.Write(session.Out, await ReadAsync(session, resource(result.GetValue(name)!), "devices", cancellation)));
    }

    private static BerthCommand Add(string group, Func<string, Resource> resource, Func<Argument<string>> owner)
    {
        var name = owner();
        var device = Device();
        var type = new Argument<string>("type") { Description = "disk, nic, …" };
        var keys = Keys();
        keys.Arity = ArgumentArity.ZeroOrMore;
        return new BerthCommand("add", "Add a device") { Examples = [$"berth {group} add NAME data disk source=/srv path=/srv"] }
            .With(name, device, type, keys)
            .Runs(async (session, result, cancellation) =>
            {
                var values = KeyValues.ParseAll(result.GetValue(keys)!);
                values["type"] = result.GetValue(type)!;
                await resource(result.GetValue(name)!).ChangeAsync(session, body => Put(body, result.GetValue(device)!, values), cancellation);
                session.Say($"Device {result.GetValue(device)} added to {Names.Local(result.GetValue(name)!)}");
            });
    }

    private static BerthCommand Get(Func<string, Resource> resource, Func<Argument<string>> owner)
    {
        var name = owner();
        var device = Device();
        var key = new Argument<string>("key") { Description = "The key" };
        return new BerthCommand("get", "Print the value of a key of a device").With(name, device, key).Runs(async (session, result, cancellation) =>
        {
            var devices = await ReadAsync(session, resource(result.GetValue(name)!), "devices", cancellation);
            session.Out.WriteLine(Existing(devices, result.GetValue(device)!)[result.GetValue(key)!]?.GetValue<string>() ?? "");
        });
    }

    private static BerthCommand Set(Func<string, Resource> resource, Func<Argument<string>> owner)
    {
        var name = owner();
        var device = Device();
        var keys = Keys();
        return new BerthCommand("set", "Set keys of a device").With(name, device, keys).Runs((session, result, cancellation) =>
        {
            var values = KeyValues.ParseAssignments(result.GetValue(keys)!, StandardInput.ReadAll);
            return resource(result.GetValue(name)!).ChangeAsync(session, body =>
            {
                var target = Existing(Resource.Map(body, "devices"), result.GetValue(device)!);
                foreach (var (key, value) in values)
                {
                    target[key] = value;
                }
            }, cancellation);
        });
    }

    private static BerthCommand Unset(Func<string, Resource> resource, Func<Argument<string>> owner)
    {
        var name = owner();
        var device = Device();
        var key = new Argument<string>("key") { Description = "The key" };
        return new BerthCommand("unset", "Remove a key of a device").With(name, device, key).Runs((session, result, cancellation) =>
            resource(result.GetValue(name)!).ChangeAsync(
                session, body => Existing(Resource.Map(body, "devices"), result.GetValue(device)!).Remove(result.GetValue(key)!), cancellation));
    }

    private static BerthCommand Remove(Func<string, Resource> resource, Func<Argument<string>> owner)
    {
        var name = owner();
        var devices = new Argument<string[]>("device") { Description = "Names of devices", Arity = ArgumentArity.OneOrMore };
        return new BerthCommand("remove", "Remove devices") { Alternatives = ["rm"] }.With(name, devices).Runs(async (session, result, cancellation) =>
        {
            await resource(result.GetValue(name)!).ChangeAsync(session, body =>
            {
                var all = Resource.Map(body, "devices");
                foreach (var device in result.GetValue(devices)!)
                {
                    Existing(all, device);
                    all.Remove(device);
                }
            }, cancellation);
            session.Say($"Device {string.Join(", ", result.GetValue(devices)!)} removed from {Names.Local(result.GetValue(name)!)}");
        });
    }

    private static BerthCommand Override(Func<string, Resource> resource, Func<Argument<string>> owner)
    {
        var name = owner();
        var device = Device();
        var keys = Keys();
        keys.Arity = ArgumentArity.ZeroOrMore;
        return new BerthCommand("override", "Make a profile's device the instance's own, with changes")
        {
            Examples = ["berth config device override web1 root size=20GiB"],
        }.With(name, device, keys).Runs(async (session, result, cancellation) =>
        {
            var target = resource(result.GetValue(name)!);
            var expanded = await ReadAsync(session, target, "expanded_devices", cancellation);
            var values = Existing(expanded, result.GetValue(device)!)
                .ToDictionary(entry => entry.Key, entry => entry.Value?.GetValue<string>() ?? "", StringComparer.Ordinal);
            foreach (var (key, value) in KeyValues.ParseAll(result.GetValue(keys)!))
            {
                values[key] = value;
            }

            await target.ChangeAsync(session, body => Put(body, result.GetValue(device)!, values), cancellation);
            session.Say($"Device {result.GetValue(device)} overridden for {Names.Local(result.GetValue(name)!)}");
        });
    }

    private static async Task<JsonObject> ReadAsync(Session session, Resource resource, string field, CancellationToken cancellation) =>
        (await session.Client.GetAsync(resource.Path, cancellation)).AsObject()[field] as JsonObject ?? [];

    private static JsonObject Existing(JsonObject devices, string name) =>
        devices[name] as JsonObject
        ?? throw new CliException($"there is no device {name} here; there are: {string.Join(", ", devices.Select(entry => entry.Key))}"
            + " (a profile's device is changed with: config device override)");

    private static Argument<string> Device() => new("device") { Description = "Name of the device" };

    private static Argument<string[]> Keys() => new("key=value") { Description = "Keys and their values", Arity = ArgumentArity.OneOrMore };
}
