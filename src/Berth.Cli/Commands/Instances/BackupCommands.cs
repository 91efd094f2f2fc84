using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Berth.Cli.Client;
using Berth.Cli.Input;
using Berth.Cli.Output;

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
        var compression = new Option<string?>("--compression") { Description = "gzip, zstd, …, or none", HelpName = "algorithm" };
        return new BerthCommand("export", "Save an instance to a backup file") { Examples = ["berth export web1 web1.tar.gz"] }
            .With(instance, target, bare, optimized, compression)
            .Runs(async (session, result, cancellation) =>
            {
                var name = Names.Local(result.GetValue(instance)!);
                var file = result.GetValue(target) ?? name + ".tar.gz";
                var backups = Paths.Instance(name) + "/backups";
                var body = new JsonObject
                {
                    ["name"] = "",
                    ["expires_at"] = DateTimeOffset.UtcNow.AddDays(1).ToString("o"),
                    ["instance_only"] = result.GetValue(bare),
                    ["optimized_storage"] = result.GetValue(optimized),
                    ["compression_algorithm"] = result.GetValue(compression) ?? "",
                };
                var operation = await session.WaitAsync(await session.Client.PostAsync(backups, body, cancellation), $"Backing up {name}", cancellation);
                var made = operation.Resources.TryGetValue("backups", out var paths) || operation.Resources.TryGetValue("instances_backups", out paths)
                    ? Names.OfPath(paths[^1])
                    : throw new CliException("the server did not say which backup it made");
                var backup = Paths.Join(backups, made);
                try
                {
                    await DownloadAsync(session, backup + "/export", file, cancellation);
                }
                finally
                {
                    await session.WaitAsync(await session.Client.DeleteAsync(backup, CancellationToken.None), "Cleaning up", CancellationToken.None);
                }
            });
    }

    public static Command BuildImport()
    {
        var file = new Argument<string>("file") { Description = "The backup file; - is standard input" };
        var name = new Argument<string?>("name") { Description = "Name of the instance (default: as it was)", Arity = ArgumentArity.ZeroOrOne };
        var storage = new Option<string?>("--storage", "-s") { Description = "Storage pool of the instance", HelpName = "pool" };
        return new BerthCommand("import", "Create an instance from a backup file") { Examples = ["berth import web1.tar.gz", "berth import web1.tar.gz web2"] }
            .With(file, name, storage)
            .Runs(async (session, result, cancellation) =>
            {
                var path = result.GetValue(file)!;
                var progress = session.NewProgress();
                using HttpContent content = path == "-"
                    ? new StreamContent(StandardStreams.Open(0))
                    : new ProgressContent(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, useAsync: true), "Uploading", progress);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
                using var request = session.Client.Request(HttpMethod.Post, Paths.Instances, content);
                if (result.GetValue(name) is { } chosen)
                {
                    request.Headers.TryAddWithoutValidation("X-Incus-name", chosen);
                }

                if (result.GetValue(storage) is { } pool)
                {
                    request.Headers.TryAddWithoutValidation("X-Incus-pool", Names.Local(pool));
                }

                using var response = await session.Client.OpenAsync(request, cancellation);
                progress.Clear();
                var body = await response.Content.ReadAsByteArrayAsync(cancellation);
                await session.WaitAsync(Envelope.Read(body, "", Paths.Instances, (int)response.StatusCode), "Importing", cancellation);
            });
    }

    private static async Task DownloadAsync(Session session, string path, string file, CancellationToken cancellation)
    {
        using var request = session.Client.Request(HttpMethod.Get, path);
        using var response = await session.Client.OpenAsync(request, cancellation);
        await using var target = file == "-" ? StandardStreams.Open(1) : new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 1, useAsync: true);
        await response.Content.CopyToAsync(target, cancellation);
        if (file != "-")
        {
            session.Say($"Backup of the instance is in {file}");
        }
    }
}
