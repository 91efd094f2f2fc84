using System.CommandLine;
using System.Text.Json.Nodes;
using Berth.Cli.Client;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Instances;

/// <summary><c>berth export</c> and <c>berth import</c>: instances as backup files.</summary>
internal static class BackupCommands
{
    public static Command BuildExport()
    {
        var instance = Completed.Instance();
        var target = new Argument<string?>("file") { Description = "Where the backup goes; - is standard output (default: NAME.tar.gz)", Arity = ArgumentArity.ZeroOrOne };
        var bare = new Option<bool>("--instance-only") { Description = "Leave the snapshots out" };
        var optimized = new Option<bool>("--optimized-storage") { Description = "In the storage driver's own form" };
        var compression = new Option<string?>("--compression") { Description = "zstd, gzip, …, or none", HelpName = "algorithm" };
        return new BerthCommand("export", "Save an instance to a backup file") { Examples = ["berth export web1 web1.tar.zst"] }
            .With(instance, target, bare, optimized, compression)
            .Runs(async (session, result, cancellation) =>
            {
                var name = Names.Local(result.GetValue(instance)!);
                var body = new JsonObject
                {
                    ["instance_only"] = result.GetValue(bare),
                    ["optimized_storage"] = result.GetValue(optimized),
                    ["compression_algorithm"] = result.GetValue(compression) ?? "",
                };
                await BackupFile.DownloadAsync(session, Paths.Instance(name) + "/backups", body, result.GetValue(target) ?? name + ".tar.gz", cancellation);
            });
    }

    public static Command BuildImport()
    {
        var file = new Argument<string>("file") { Description = "The backup file; - is standard input" };
        var name = new Argument<string?>("name") { Description = "Name of the instance (default: as it was)", Arity = ArgumentArity.ZeroOrOne };
        var storage = new Option<string?>("--storage", "-s") { Description = "Storage pool of the instance", HelpName = "pool" };
        return new BerthCommand("import", "Create an instance from a backup file") { Examples = ["berth import web1.tar.zst", "berth import web1.tar.zst web2"] }
            .With(file, name, storage)
            .Runs((session, result, cancellation) => BackupFile.UploadAsync(
                session,
                Paths.Instances,
                result.GetValue(file)!,
                [("X-Incus-name", result.GetValue(name) ?? ""), ("X-Incus-pool", result.GetValue(storage) is { } pool ? Names.Local(pool) : "")],
                cancellation));
    }
}
