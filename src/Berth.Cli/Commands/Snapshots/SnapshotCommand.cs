using System.CommandLine;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Commands.Config;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Snapshots;

/// <summary><c>berth snapshot</c>.</summary>
internal static class SnapshotCommand
{
    private static readonly ListBuilder<InstanceSnapshot> s_list = new(
        "List the snapshots of an instance",
        [
            new('n', "NAME", snapshot => snapshot.Name),
            new('T', "TAKEN AT", snapshot => Sizes.Time(snapshot.CreatedAt)),
            new('E', "EXPIRES AT", snapshot => Sizes.Time(snapshot.ExpiresAt)),
            new('s', "STATEFUL", snapshot => snapshot.Stateful ? "YES" : "NO"),
            new('S', "SIZE", snapshot => snapshot.Size >= 0 ? Sizes.Bytes(snapshot.Size) : ""),
        ],
        "nTEs",
        BerthJson.Default.InstanceSnapshotList)
    {
        Key = snapshot => snapshot.CreatedAt.ToString("o"),
        Examples = ["berth snapshot list web1"],
    };

    public static Command Build() => new BerthCommand("snapshot", "Take, restore and manage snapshots of instances")
    {
        Examples = ["berth snapshot create web1 before-upgrade", "berth snapshot restore web1 before-upgrade"],
    }.With(Create(), s_list.Build(instance => Paths.Instance(instance) + "/snapshots", Completed.Instance()), Restore(), Delete(), Rename(), Show());

    private static BerthCommand Create()
    {
        var instance = Completed.Instance();
        var name = new Argument<string?>("snapshot") { Description = "Name of the snapshot; the server makes one up if it is left out", Arity = ArgumentArity.ZeroOrOne };
        var stateful = new Option<bool>("--stateful") { Description = "Keep the running state too" };
        var noExpiry = new Option<bool>("--no-expiry") { Description = "Never let it expire" };
        var expiry = new Option<DateTimeOffset?>("--expiry") { Description = "When it is deleted by itself", HelpName = "time" };
        var reuse = new Option<bool>("--reuse") { Description = "Replace a snapshot of the same name" };
        return new BerthCommand("create", "Take a snapshot") { Examples = ["berth snapshot create web1", "berth snapshot create web1 before-upgrade --reuse", "berth snapshot create web1 --expiry 2030-01-01T00:00:00Z"] }
            .With(instance, name, stateful, noExpiry, expiry, reuse)
            .Runs(async (session, result, cancellation) =>
            {
                var path = Paths.Instance(Names.Local(result.GetValue(instance)!)) + "/snapshots";
                var snapshot = result.GetValue(name) ?? "";
                if (result.GetValue(reuse) && snapshot.Length > 0)
                {
                    await DeleteIfThereAsync(session, Paths.Join(path, snapshot), cancellation);
                }

                var request = new InstanceSnapshotsPost
                {
                    Name = snapshot,
                    Stateful = result.GetValue(stateful),
                    // The zero time says "never", no time at all lets the instance's own setting decide.
                    ExpiresAt = result.GetValue(noExpiry) ? default(DateTimeOffset) : result.GetValue(expiry),
                };
                var reply = await session.Client.PostAsync(path, request, BerthJson.Default.InstanceSnapshotsPost, cancellation);
                await session.WaitAsync(reply, $"Taking a snapshot of {result.GetValue(instance)}", cancellation);
            });
    }

    private static BerthCommand Restore()
    {
        var instance = Completed.Instance();
        var name = Snapshot();
        var stateful = new Option<bool>("--stateful") { Description = "Restore the running state too" };
        var diskOnly = new Option<bool>("--diskonly") { Description = "Leave the configuration as it is" };
        return new BerthCommand("restore", "Put an instance back to a snapshot") { Examples = ["berth snapshot restore web1 before-upgrade"] }
            .With(instance, name, stateful, diskOnly)
            .Runs(async (session, result, cancellation) =>
            {
                var owner = Names.Local(result.GetValue(instance)!);
                var body = new JsonObject
                {
                    ["restore"] = result.GetValue(name),
                    ["stateful"] = result.GetValue(stateful),
                    ["disk_only"] = result.GetValue(diskOnly),
                };
                await session.WaitAsync(
                    await session.Client.PutAsync(Paths.Instance(owner), body, "", cancellation), $"Restoring {owner}", cancellation);
            });
    }

    private static BerthCommand Delete()
    {
        var instance = Completed.Instance();
        var name = Snapshot();
        var ask = new Option<bool>("--interactive", "-i") { Description = "Ask first" };
        return new BerthCommand("delete", "Delete a snapshot") { Alternatives = ["rm"], Examples = ["berth snapshot delete web1 before-upgrade"] }
            .With(instance, name, ask)
            .Runs(async (session, result, cancellation) =>
            {
                var (owner, snapshot) = (Names.Local(result.GetValue(instance)!), result.GetValue(name)!);
                if (result.GetValue(ask) && !StandardInput.Ask(session, $"Delete {owner}/{snapshot} (yes/no): ").StartsWith("y", StringComparison.OrdinalIgnoreCase))
                {
                    throw new CliException($"{owner}/{snapshot} was not deleted");
                }

                await session.WaitAsync(await session.Client.DeleteAsync(PathOf(owner, snapshot), cancellation), $"Deleting {owner}/{snapshot}", cancellation);
            });
    }

    private static BerthCommand Rename()
    {
        var instance = Completed.Instance();
        var name = Snapshot();
        var target = new Argument<string>("new-name") { Description = "The new name" };
        return new BerthCommand("rename", "Rename a snapshot") { Examples = ["berth snapshot rename web1 snap0 before-upgrade"] }
            .With(instance, name, target)
            .Runs(async (session, result, cancellation) =>
            {
                var path = PathOf(Names.Local(result.GetValue(instance)!), result.GetValue(name)!);
                var reply = await session.Client.PostAsync(path, new JsonObject { ["name"] = result.GetValue(target) }, cancellation);
                await session.WaitAsync(reply, $"Renaming {result.GetValue(name)}", cancellation);
            });
    }

    private static BerthCommand Show()
    {
        var instance = Completed.Instance();
        var name = Snapshot();
        return new BerthCommand("show", "Show a snapshot as YAML") { Examples = ["berth snapshot show web1 before-upgrade"] }
            .With(instance, name)
            .Runs((session, result, cancellation) =>
                new Resource("snapshot", PathOf(Names.Local(result.GetValue(instance)!), result.GetValue(name)!), ["expires_at"]).ShowAsync(session, false, cancellation));
    }

    private static async Task DeleteIfThereAsync(Session session, string path, CancellationToken cancellation)
    {
        try
        {
            await session.WaitAsync(await session.Client.DeleteAsync(path, cancellation), "Deleting the old snapshot", cancellation);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // The name is free.
        }
    }

    private static Argument<string> Snapshot() => new("snapshot") { Description = "Name of the snapshot" };

    private static string PathOf(string instance, string snapshot) => Paths.Join(Paths.Instance(instance) + "/snapshots", snapshot);
}
