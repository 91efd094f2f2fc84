using System.CommandLine;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Commands.Config;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Storage;

/// <summary><c>berth storage volume snapshot</c>.</summary>
internal static class VolumeSnapshotCommands
{
    public static BerthCommand Build() => new BerthCommand("snapshot", "Take, restore and manage snapshots of volumes")
    {
        Examples = ["berth storage volume snapshot create default data before-upgrade", "berth storage volume snapshot restore default data before-upgrade"],
    }.With(Create(), List(), Show(), Restore(), Rename(), Delete());

    private static BerthCommand Create()
    {
        var pool = Completed.Pool();
        var volume = VolumeCommands.Volume();
        var name = new Argument<string?>("snapshot") { Description = "Name of the snapshot; the server makes one up if it is left out", Arity = ArgumentArity.ZeroOrOne };
        var noExpiry = new Option<bool>("--no-expiry") { Description = "Never let it expire" };
        var reuse = new Option<bool>("--reuse") { Description = "Replace a snapshot of the same name" };
        return new BerthCommand("create", "Take a snapshot") { Examples = ["berth storage volume snapshot create default data"] }
            .With(pool, volume, name, noExpiry, reuse)
            .Runs(async (session, result, cancellation) =>
            {
                var path = PathOf(result.GetValue(pool)!, result.GetValue(volume)!);
                var snapshot = result.GetValue(name) ?? "";
                if (result.GetValue(reuse) && snapshot.Length > 0)
                {
                    await DeleteIfThereAsync(session, Paths.Join(path, snapshot), cancellation);
                }

                var post = new StorageVolumeSnapshotsPost { Name = snapshot, ExpiresAt = result.GetValue(noExpiry) ? default(DateTimeOffset) : null };
                await session.WaitAsync(
                    await session.Client.PostAsync(path, post, BerthJson.Default.StorageVolumeSnapshotsPost, cancellation), "Taking a snapshot", cancellation);
            });
    }

    private static BerthCommand List()
    {
        var pool = Completed.Pool();
        var volume = VolumeCommands.Volume();
        return new BerthCommand("list", "List the snapshots of a volume") { Alternatives = ["ls"], Examples = ["berth storage volume snapshot list default data"] }
            .With(pool, volume)
            .Runs(async (session, result, cancellation) =>
            {
                var all = await session.Client.GetAsync(
                    PathOf(result.GetValue(pool)!, result.GetValue(volume)!) + "?recursion=1", BerthJson.Default.StorageVolumeSnapshotList, cancellation);
                var rows = all.OrderBy(s => s.CreatedAt).Select(s => (string[])[s.Name.Split('/')[^1], Sizes.Time(s.CreatedAt), Sizes.Time(s.ExpiresAt ?? default)]);
                TableWriter.Bordered(session.Out, ["NAME", "TAKEN AT", "EXPIRES AT"], [.. rows]);
            });
    }

    private static BerthCommand Show() => WithSnapshot("show", "Show a snapshot as YAML", (session, path, _, cancellation) =>
        new Resource("snapshot", path, ["description", "expires_at"]).ShowAsync(session, false, cancellation));

    private static BerthCommand Restore()
    {
        var pool = Completed.Pool();
        var volume = VolumeCommands.Volume();
        var name = new Argument<string>("snapshot") { Description = "Name of the snapshot" };
        return new BerthCommand("restore", "Put a volume back to a snapshot") { Examples = ["berth storage volume snapshot restore default data before-upgrade"] }
            .With(pool, volume, name)
            .Runs(async (session, result, cancellation) =>
            {
                var path = Resource.Volume(result.GetValue(pool)!, result.GetValue(volume)!).Path;
                var reply = await session.Client.PutAsync(path, new JsonObject { ["restore"] = result.GetValue(name) }, "", cancellation);
                await session.WaitAsync(reply, $"Restoring {result.GetValue(volume)}", cancellation);
            });
    }

    private static BerthCommand Rename()
    {
        var pool = Completed.Pool();
        var volume = VolumeCommands.Volume();
        var name = new Argument<string>("snapshot") { Description = "Name of the snapshot" };
        var target = new Argument<string>("new-name") { Description = "The new name" };
        return new BerthCommand("rename", "Rename a snapshot") { Examples = ["berth storage volume snapshot rename default data snap0 before-upgrade"] }
            .With(pool, volume, name, target)
            .Runs(async (session, result, cancellation) =>
            {
                var path = Paths.Join(PathOf(result.GetValue(pool)!, result.GetValue(volume)!), result.GetValue(name)!);
                var reply = await session.Client.PostAsync(path, new JsonObject { ["name"] = result.GetValue(target) }, cancellation);
                await session.WaitAsync(reply, $"Renaming {result.GetValue(name)}", cancellation);
            });
    }

    private static BerthCommand Delete() => WithSnapshot("delete", "Delete a snapshot", async (session, path, name, cancellation) =>
        await session.WaitAsync(await session.Client.DeleteAsync(path, cancellation), $"Deleting {name}", cancellation));

    private static BerthCommand WithSnapshot(string verb, string description, Func<Session, string, string, CancellationToken, Task> run)
    {
        var pool = Completed.Pool();
        var volume = VolumeCommands.Volume();
        var name = new Argument<string?>("snapshot") { Description = "Name of the snapshot; or name it VOLUME/SNAPSHOT", Arity = ArgumentArity.ZeroOrOne };
        return new BerthCommand(verb, description) { Examples = [$"berth storage volume snapshot {verb} default data snap0"] }
            .With(pool, volume, name)
            .Runs((session, result, cancellation) =>
            {
                var (owner, snapshot) = (result.GetValue(volume)!, result.GetValue(name));
                if (snapshot is null)
                {
                    (owner, snapshot) = Names.Split(owner);
                }

                return snapshot.Length > 0
                    ? run(session, Paths.Join(PathOf(result.GetValue(pool)!, owner), snapshot), snapshot, cancellation)
                    : throw CliException.Usage("name the snapshot");
            });
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

    private static string PathOf(string pool, string volume) => Resource.Volume(pool, volume).Path + "/snapshots";
}
