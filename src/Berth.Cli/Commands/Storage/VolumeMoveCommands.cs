using System.CommandLine;
using System.Text.Json.Nodes;
using Berth.Cli.Client;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Storage;

/// <summary><c>berth storage volume copy</c> and <c>move</c>: from POOL/VOLUME to POOL/VOLUME.</summary>
internal static class VolumeMoveCommands
{
    public static BerthCommand BuildCopy()
    {
        var (from, to) = Places();
        var bare = new Option<bool>("--volume-only") { Description = "Leave the snapshots out" };
        var refresh = new Option<bool>("--refresh") { Description = "Bring an existing copy up to date" };
        var newer = new Option<bool>("--refresh-exclude-older") { Description = "During a refresh, leave out snapshots that are older than the newest one of the copy" };
        var project = new Option<string?>("--target-project") { Description = "Project of the copy", HelpName = "project" };
        return new BerthCommand("copy", "Copy a volume or a snapshot of it")
        {
            Alternatives = ["cp"],
            Examples = ["berth storage volume copy default/data fast/data", "berth storage volume copy default/data/snap0 default/old"],
        }.With(from, to, bare, refresh, newer, project).Runs(async (session, result, cancellation) =>
        {
            var (pool, volume) = Place(result.GetValue(from)!);
            var (toPool, toVolume) = Place(result.GetValue(to)!);
            var content = await session.Client.GetAsync(PathOf(pool, volume.Split('/')[0]), cancellation);
            var body = new JsonObject
            {
                ["name"] = toVolume,
                ["type"] = "custom",
                ["content_type"] = content.AsObject()["content_type"]?.DeepClone(),
                ["source"] = new JsonObject
                {
                    ["type"] = "copy",
                    ["name"] = volume,
                    ["pool"] = pool,
                    ["project"] = session.Client.Project,
                    ["volume_only"] = result.GetValue(bare),
                    ["refresh"] = result.GetValue(refresh),
                    ["refresh_exclude_older"] = result.GetValue(newer),
                },
            };
            var path = Paths.Pool(toPool) + "/volumes/custom" + (result.GetValue(project) is { } other ? $"?project={Uri.EscapeDataString(other)}" : "");
            await session.WaitAsync(await session.Client.PostAsync(path, body, cancellation), $"Copying {volume}", cancellation);
            session.Say($"Storage volume {pool}/{volume} copied to {toPool}/{toVolume}");
        });
    }

    public static BerthCommand BuildMove()
    {
        var (from, to) = Places();
        var project = new Option<string?>("--target-project") { Description = "Project that it moves to", HelpName = "project" };
        return new BerthCommand("move", "Move a volume to another pool; the devices that have it follow")
        {
            Alternatives = ["mv"],
            Examples = ["berth storage volume move default/data fast/data"],
        }.With(from, to, project).Runs(async (session, result, cancellation) =>
        {
            var (pool, volume) = Place(result.GetValue(from)!);
            var (toPool, toVolume) = Place(result.GetValue(to)!);
            var body = new JsonObject { ["name"] = toVolume, ["pool"] = toPool, ["project"] = result.GetValue(project) ?? "" };
            await session.WaitAsync(await session.Client.PostAsync(PathOf(pool, volume), body, cancellation), $"Moving {volume}", cancellation);
            session.Say($"Storage volume {pool}/{volume} moved to {toPool}/{toVolume}");
        });
    }

    private static (Argument<string> From, Argument<string> To) Places() =>
        (new("pool/volume") { Description = "The volume" }, new("new-pool/volume") { Description = "The new one" });

    private static (string Pool, string Volume) Place(string text) => Names.Split(text) is (var pool, { Length: > 0 } volume)
        ? (pool, volume)
        : throw CliException.Usage($"\"{text}\" names no volume: write POOL/VOLUME");

    private static string PathOf(string pool, string volume) => Paths.Join(Paths.Pool(pool) + "/volumes/custom", volume);
}
