using System.CommandLine;
using Berth.Cli.Client;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Files;

/// <summary><c>berth file pull</c>.</summary>
internal static class FilePullCommand
{
    public static Command Build()
    {
        var words = new Argument<string[]>("instance/path… target")
        {
            Description = "Files in instances, then where they go (- is standard output)",
            Arity = new ArgumentArity(2, ArgumentArity.OneOrMore.MaximumNumberOfValues),
        };
        var recursive = new Option<bool>("--recursive", "-r") { Description = "Pull directories with all that is in them" };
        var directories = FileCommand.CreateDirectories();
        return new BerthCommand("pull", "Copy files out of an instance")
        {
            Examples = ["berth file pull web1/etc/hosts .", "berth file pull -r web1/var/log ./logs", "berth file pull web1/etc/os-release -"],
        }.With(words, recursive, directories).Runs(async (session, result, cancellation) =>
        {
            var all = result.GetValue(words)!;
            var target = all[^1];
            if (result.GetValue(directories) && target != "-")
            {
                Directory.CreateDirectory(target.EndsWith('/') || all.Length > 2 ? target : Path.GetDirectoryName(Path.GetFullPath(target))!);
            }

            if (all.Length > 2 && target != "-" && !Directory.Exists(target))
            {
                throw new CliException($"several files need a directory to go to, and {target} is none (make it with --create-dirs)");
            }

            foreach (var source in all[..^1])
            {
                var (instance, path) = FileCommand.Split(source);
                var into = target != "-" && (Directory.Exists(target) || target.EndsWith('/'));
                var local = into ? Path.Combine(target, Name(path)) : target;
                await PullAsync(new RemoteFiles(session.Client, instance), path, local, result.GetValue(recursive), cancellation);
            }
        });
    }

    private static async Task PullAsync(RemoteFiles files, string path, string local, bool recursive, CancellationToken cancellation)
    {
        var (response, info) = await files.OpenAsync(path, cancellation);
        using (response)
        {
            if (local == "-")
            {
                await response.Content.CopyToAsync(StandardStreams.Open(1), cancellation);
                return;
            }

            switch (info.Kind)
            {
                case RemoteKind.Directory:
                    await DirectoryAsync(files, response, path, local, recursive, info.Mode, cancellation);
                    break;
                case RemoteKind.Symlink when recursive:
                    File.Delete(local);
                    File.CreateSymbolicLink(local, await TargetAsync(response, cancellation));
                    break;
                case RemoteKind.Symlink:
                    await PullAsync(files, Resolve(path, await TargetAsync(response, cancellation)), local, recursive, cancellation);
                    break;
                default:
                    await SaveAsync(response, local, info.Mode, cancellation);
                    break;
            }
        }
    }

    /// <summary>A symlink's content is its target and a line feed.</summary>
    private static async Task<string> TargetAsync(HttpResponseMessage response, CancellationToken cancellation) =>
        (await response.Content.ReadAsStringAsync(cancellation)).TrimEnd('\n');

    private static async Task DirectoryAsync(
        RemoteFiles files, HttpResponseMessage response, string path, string local, bool recursive, UnixFileMode? mode, CancellationToken cancellation)
    {
        if (!recursive)
        {
            throw new CliException($"{path} is a directory; pull it with --recursive");
        }

        Directory.CreateDirectory(local);
        foreach (var name in await RemoteFiles.NamesAsync(response, cancellation))
        {
            // The instance chooses the names: none of them may lead out of the target.
            if (name is "" or "." or ".." || name.Contains('/', StringComparison.Ordinal))
            {
                throw new CliException($"the instance lists a file with the unusable name \"{name}\" in {path}");
            }

            await PullAsync(files, RemoteFiles.Join(path, name), Path.Combine(local, name), recursive, cancellation);
        }

        if (mode is { } bits)
        {
            File.SetUnixFileMode(local, bits);
        }
    }

    private static async Task SaveAsync(HttpResponseMessage response, string local, UnixFileMode? mode, CancellationToken cancellation)
    {
        if (new FileInfo(local).LinkTarget is not null)
        {
            // A link that an earlier file of the instance left would redirect this one.
            File.Delete(local);
        }

        await using (var file = new FileStream(local, FileMode.Create, FileAccess.Write, FileShare.None, 1, useAsync: true))
        {
            await response.Content.CopyToAsync(file, cancellation);
        }

        if (mode is { } bits)
        {
            File.SetUnixFileMode(local, bits & ~(UnixFileMode.SetUser | UnixFileMode.SetGroup));
        }
    }

    private static string Resolve(string link, string target) =>
        target.StartsWith('/') ? target : Path.GetFullPath(RemoteFiles.Join(RemoteFiles.Parent(link), target));

    private static string Name(string path) => Path.GetFileName(path.TrimEnd('/'));
}
