using System.CommandLine;
using System.Text.Json.Nodes;
using Berth.Cli.Client;
using Berth.Cli.Commands.Config;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Storage;

/// <summary><c>berth storage volume export</c> and <c>import</c>.</summary>
internal static class VolumeTransferCommands
{
    public static BerthCommand BuildExport()
    {
        var pool = Completed.Pool();
        var volume = VolumeCommands.Volume();
        var target = new Argument<string?>("file") { Description = "Where the backup goes; - is standard output (default: backup.tar.gz)", Arity = ArgumentArity.ZeroOrOne };
        var bare = new Option<bool>("--volume-only") { Description = "Leave the snapshots out" };
        var optimized = new Option<bool>("--optimized-storage") { Description = "In the storage driver's own form" };
        var compression = new Option<string?>("--compression") { Description = "zstd, gzip, …, or none", HelpName = "algorithm" };
        return new BerthCommand("export", "Save a volume to a backup file") { Examples = ["berth storage volume export default data data.tar.zst"] }
            .With(pool, volume, target, bare, optimized, compression)
            .Runs(async (session, result, cancellation) =>
            {
                var file = result.GetValue(target) ?? "backup.tar.gz";
                var path = Resource.Volume(result.GetValue(pool)!, result.GetValue(volume)!).Path + "/backups";
                var body = new JsonObject
                {
                    ["volume_only"] = result.GetValue(bare),
                    ["optimized_storage"] = result.GetValue(optimized),
                    ["compression_algorithm"] = result.GetValue(compression) ?? "",
                };
                await BackupFile.DownloadAsync(session, path, body, file, cancellation);
            });
    }

    public static BerthCommand BuildImport()
    {
        var pool = Completed.Pool();
        var file = new Argument<string>("file") { Description = "The backup file or ISO image; - is standard input" };
        var name = new Argument<string?>("volume") { Description = "Name of the volume (default: as it was; an ISO image's file name)", Arity = ArgumentArity.ZeroOrOne };
        var type = new Option<string?>("--type") { Description = "backup or iso (default: by the end of the file's name)", HelpName = "type" };
        return new BerthCommand("import", "Create a volume from a backup file or an ISO image")
        {
            Examples = ["berth storage volume import default data.tar.zst", "berth storage volume import default debian.iso debian --type=iso"],
        }.With(pool, file, name, type).Runs(async (session, result, cancellation) =>
        {
            var path = result.GetValue(file)!;
            var iso = result.GetValue(type) switch
            {
                "iso" => true,
                "backup" => false,
                null => path.EndsWith(".iso", StringComparison.OrdinalIgnoreCase),
                var other => throw CliException.Usage($"there is no type \"{other}\": backup or iso"),
            };
            var wanted = result.GetValue(name) ?? (iso ? Path.GetFileNameWithoutExtension(path) : "");
            var to = Paths.Pool(Names.Local(result.GetValue(pool)!)) + "/volumes/custom";
            await BackupFile.UploadAsync(session, to, path, [("X-Incus-name", wanted), ("X-Incus-type", iso ? "iso" : "")], cancellation);
        });
    }
}
