using System.CommandLine;
using Berth.Cli.Client;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Files;

/// <summary><c>berth file push</c>.</summary>
internal static class FilePushCommand
{
    public static Command Build()
    {
        var words = new Argument<string[]>("source… instance/path")
        {
            Description = "Local files (- is standard input), then where they go",
            Arity = new ArgumentArity(2, ArgumentArity.OneOrMore.MaximumNumberOfValues),
        };
        var (uid, gid, mode) = (FileCommand.Owner("--uid", "User id"), FileCommand.Owner("--gid", "Group id"), FileCommand.ModeOption());
        var recursive = new Option<bool>("--recursive", "-r") { Description = "Push directories with all that is in them" };
        var directories = FileCommand.CreateDirectories();
        return new BerthCommand("push", "Copy local files into an instance")
        {
            Remarks = "Modes are kept; owners become root unless --uid and --gid say otherwise.",
            Examples = ["berth file push /etc/hosts web1/etc/hosts", "berth file push -r -p site web1/srv/", "echo hello | berth file push - web1/etc/motd"],
        }.With(words, uid, gid, mode, recursive, directories).Runs(async (session, result, cancellation) =>
        {
            var all = result.GetValue(words)!;
            var (instance, target) = FileCommand.Split(all[^1]);
            var push = new Push(
                new RemoteFiles(session.Client, instance),
                Math.Max(0, result.GetValue(uid)),
                Math.Max(0, result.GetValue(gid)),
                FileCommand.Mode(result.GetValue(mode)),
                result.GetValue(directories));
            foreach (var source in all[..^1])
            {
                await push.RunAsync(session, source, target, several: all.Length > 2, result.GetValue(recursive), cancellation);
            }
        });
    }

    private sealed class Push(RemoteFiles files, long uid, long gid, UnixFileMode? mode, bool createDirectories)
    {
        public async Task RunAsync(Session session, string source, string target, bool several, bool recursive, CancellationToken cancellation)
        {
            var isLink = source != "-" && new FileInfo(source).LinkTarget is not null;
            var isDirectory = source != "-" && System.IO.Directory.Exists(source) && !(isLink && recursive);
            if (source != "-" && !isDirectory && !File.Exists(source) && !isLink)
            {
                throw new CliException($"no such file {source}");
            }

            if (isDirectory && !recursive)
            {
                throw new CliException($"{source} is a directory; push it with --recursive");
            }

            var into = target.EndsWith('/') || several || isDirectory
                || await files.FindAsync(target, cancellation) is { Kind: RemoteKind.Directory };
            var path = into ? RemoteFiles.Join(target, source == "-" ? throw CliException.Usage("standard input needs the name of a file to go to") : Path.GetFileName(Path.GetFullPath(source))) : target;
            if (createDirectories)
            {
                await files.MakeDirectoriesAsync(RemoteFiles.Parent(path), Directory(null), cancellation);
            }

            var progress = session.NewProgress();
            if (isDirectory)
            {
                await TreeAsync(source, path, progress, cancellation);
            }
            else if (isLink && recursive)
            {
                await LinkAsync(new FileInfo(source).LinkTarget!, path, cancellation);
            }
            else
            {
                await FileAsync(source, path, progress, cancellation);
            }

            progress.Clear();
        }

        private async Task TreeAsync(string source, string target, ProgressLine progress, CancellationToken cancellation)
        {
            if (await files.FindAsync(target, cancellation) is not { Kind: RemoteKind.Directory })
            {
                await files.PutAsync(target, Directory(File.GetUnixFileMode(source)), null, cancellation);
            }

            foreach (var entry in new DirectoryInfo(source).EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                var path = RemoteFiles.Join(target, entry.Name);
                if (entry.LinkTarget is { } link)
                {
                    await LinkAsync(link, path, cancellation);
                }
                else if (entry is DirectoryInfo)
                {
                    await TreeAsync(entry.FullName, path, progress, cancellation);
                }
                else
                {
                    await FileAsync(entry.FullName, path, progress, cancellation);
                }
            }
        }

        private async Task FileAsync(string source, string path, ProgressLine progress, CancellationToken cancellation)
        {
            if (source == "-")
            {
                await files.PutAsync(path, Info(null), new StreamContent(StandardStreams.Open(0)), cancellation);
                return;
            }

            await using var file = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1, useAsync: true);
            await files.PutAsync(path, Info(File.GetUnixFileMode(file.SafeFileHandle)), new ProgressContent(file, $"Pushing {source}", progress), cancellation);
        }

        private Task LinkAsync(string link, string path, CancellationToken cancellation) =>
            files.PutAsync(path, new RemoteInfo(RemoteKind.Symlink, null, uid, gid), new StringContent(link), cancellation);

        private RemoteInfo Info(UnixFileMode? own) => new(RemoteKind.File, mode ?? own, uid, gid);

        private RemoteInfo Directory(UnixFileMode? own) => new(RemoteKind.Directory, own, uid, gid);
    }
}
