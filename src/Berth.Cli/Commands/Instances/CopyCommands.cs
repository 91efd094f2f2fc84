using System.CommandLine;
using System.Text.Json.Nodes;
using Berth.Cli.Client;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Instances;

/// <summary><c>berth copy</c>, <c>move</c> and <c>rename</c>.</summary>
internal static class CopyCommands
{
    public static Command BuildCopy()
    {
        var source = Completed.Instance("source");
        source.Description = "Instance, or instance/snapshot";
        var target = new Argument<string>("target") { Description = "Name of the copy" };
        var config = CommonOptions.Many("Configuration of the copy", "key=value", "--config", "-c");
        var device = CommonOptions.Many("A device, or changes to one", "device,key=value", "--device", "-d");
        var profile = CommonOptions.Many("Profiles of the copy, instead of the source's", "profile", "--profile", "-p");
        var noProfiles = new Option<bool>("--no-profiles") { Description = "The copy gets no profiles" };
        var ephemeral = new Option<bool>("--ephemeral", "-e") { Description = "Delete the copy when it stops" };
        var bare = new Option<bool>("--instance-only") { Description = "Leave the snapshots out" };
        var stateless = new Option<bool>("--stateless") { Description = "Leave a running state that was kept out" };
        var refresh = new Option<bool>("--refresh") { Description = "Bring an existing copy up to date" };
        var newer = new Option<bool>("--refresh-exclude-older") { Description = "With --refresh: leave out snapshots older than the copy's newest one" };
        var inconsistent = new Option<bool>("--allow-inconsistent") { Description = "Go on when files change while they are copied" };
        var storage = new Option<string?>("--storage", "-s") { Description = "Storage pool of the copy", HelpName = "pool" };
        var project = new Option<string?>("--target-project") { Description = "Project of the copy", HelpName = "project" };
        return new BerthCommand("copy", "Copy an instance or a snapshot")
        {
            Alternatives = ["cp"],
            Examples = ["berth copy web1 web2", "berth copy web1/snap0 web3", "berth copy web1 web4 -c limits.memory=2GiB --instance-only"],
        }.With(source, target, config, device, profile, noProfiles, ephemeral, bare, stateless, refresh, newer, inconsistent, storage, project)
            .Runs(async (session, result, cancellation) =>
            {
                var from = Names.Local(result.GetValue(source)!);
                var to = Names.Local(result.GetValue(target)!);
                var source0 = new JsonObject { ["type"] = "copy", ["source"] = from };
                Flag(source0, "instance_only", result.GetValue(bare));
                Flag(source0, "refresh", result.GetValue(refresh));
                Flag(source0, "refresh_exclude_older", result.GetValue(newer));
                Flag(source0, "allow_inconsistent", result.GetValue(inconsistent));
                if (session.Client.Project.Length > 0)
                {
                    source0["project"] = session.Client.Project;
                }

                var original = await InstanceChange.ReadSourceAsync(session, from, cancellation);
                var body = new JsonObject
                {
                    ["name"] = to,
                    ["source"] = source0,
                    ["type"] = original["type"]?.DeepClone() ?? "container",
                    ["architecture"] = original["architecture"]?.DeepClone(),
                    ["config"] = InstanceChange.Config(original, result.GetValue(config)!),
                    ["devices"] = InstanceChange.Devices(original, result.GetValue(device)!, result.GetValue(storage)),
                    ["profiles"] = InstanceChange.Profiles(original, result.GetValue(profile)!, result.GetValue(noProfiles)),
                    ["ephemeral"] = result.GetValue(ephemeral),
                    ["stateful"] = !result.GetValue(stateless) && original["stateful"]?.GetValue<bool>() == true,
                };
                var path = result.GetValue(project) is { } other ? $"{Paths.Instances}?project={Uri.EscapeDataString(other)}" : Paths.Instances;
                await session.WaitAsync(await session.Client.PostAsync(path, body, cancellation), $"Copying {from} to {to}", cancellation);
            });
    }

    public static Command BuildRename()
    {
        var instance = Completed.Instance();
        var name = new Argument<string>("new-name") { Description = "The new name" };
        return new BerthCommand("rename", "Rename an instance") { Examples = ["berth rename web1 www"] }
            .With(instance, name)
            .Runs((session, result, cancellation) =>
                RenameAsync(session, result.GetValue(instance)!, Names.Local(result.GetValue(name)!), cancellation));
    }

    public static Command BuildMove()
    {
        var source = Completed.Instance("source");
        var target = new Argument<string?>("target") { Description = "The new name", Arity = ArgumentArity.ZeroOrOne };
        var storage = new Option<string?>("--storage", "-s") { Description = "Storage pool to move to", HelpName = "pool" };
        var project = new Option<string?>("--target-project") { Description = "Project to move to", HelpName = "project" };
        var bare = new Option<bool>("--instance-only") { Description = "Leave the snapshots behind" };
        return new BerthCommand("move", "Rename an instance, or move it to another pool or project")
        {
            Alternatives = ["mv"],
            Examples = ["berth move web1 www", "berth move web1/snap0 web1/before-upgrade", "berth move web1 --storage fast"],
        }.With(source, target, storage, project, bare).Runs(async (session, result, cancellation) =>
        {
            var pool = result.GetValue(storage);
            var other = result.GetValue(project);
            var from = result.GetValue(source)!;
            var to = result.GetValue(target) ?? (pool is null && other is null ? throw CliException.Usage("move where? Give a new name, --storage or --target-project") : from);
            if (pool is null && other is null)
            {
                await RenameAsync(session, from, Names.Local(to), cancellation);
                return;
            }

            var body = new JsonObject { ["name"] = Names.Local(to), ["migration"] = true, ["live"] = false, ["instance_only"] = result.GetValue(bare) };
            body["pool"] = pool is null ? null : Names.Local(pool);
            body["project"] = other;
            await session.WaitAsync(
                await session.Client.PostAsync(Paths.Instance(Names.Local(from)), body, cancellation), $"Moving {from}", cancellation);
        });
    }

    private static async Task RenameAsync(Session session, string from, string to, CancellationToken cancellation)
    {
        var (instance, snapshot) = Names.Split(from);
        var path = Paths.Instance(instance);
        if (snapshot.Length > 0)
        {
            var (sameInstance, newSnapshot) = Names.Split(to);
            if (sameInstance != instance || newSnapshot.Length == 0)
            {
                throw CliException.Usage($"a snapshot stays with its instance: give the new name as {instance}/NAME");
            }

            (path, to) = (Paths.Join(path + "/snapshots", snapshot), newSnapshot);
        }

        await session.WaitAsync(await session.Client.PostAsync(path, new JsonObject { ["name"] = to }, cancellation), $"Renaming {from}", cancellation);
    }

    private static void Flag(JsonObject map, string key, bool value)
    {
        if (value)
        {
            map[key] = true;
        }
    }
}
