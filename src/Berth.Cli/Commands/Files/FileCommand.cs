using System.CommandLine;
using Berth.Cli.Client;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Files;

/// <summary><c>berth file</c>.</summary>
internal static class FileCommand
{
    public static Command Build() => new BerthCommand("file", "Copy, edit and delete files in instances")
    {
        Remarks = "A file is named by its instance and its path, as in web1/etc/hosts. The instance may be stopped.",
        Examples = ["berth file push site.conf web1/etc/nginx/conf.d/", "berth file pull -r web1/var/log ./logs", "berth file edit web1/etc/hosts"],
    }.With(FilePushCommand.Build(), FilePullCommand.Build(), Edit(), Create(), Delete(),
        NotHere.Command("mount", "mounts of an instance's files on the host", "use file push and file pull, or a disk device"));

    /// <summary>Instance and absolute path of <c>web1/etc/hosts</c>.</summary>
    internal static (string Instance, string Path) Split(string text)
    {
        var (instance, path) = Names.Split(text);
        return instance.Length > 0 && Names.Local(text).Contains('/', StringComparison.Ordinal)
            ? (instance, "/" + path)
            : throw CliException.Usage($"\"{text}\" names no file in an instance, as web1/etc/hosts does");
    }

    internal static UnixFileMode? Mode(string? text)
    {
        try
        {
            return string.IsNullOrEmpty(text) ? null : (UnixFileMode)Convert.ToInt32(text, 8);
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            throw CliException.Usage($"\"{text}\" is no mode; write it in octal, as 0644");
        }
    }

    internal static Option<long> Owner(string name, string what) =>
        new(name) { Description = $"{what} of the file (default: the local file's)", DefaultValueFactory = _ => -1, HelpName = "id" };

    internal static Option<string?> ModeOption() => new("--mode") { Description = "Mode of the file, in octal", HelpName = "mode" };

    internal static Option<bool> CreateDirectories() => new("--create-dirs", "-p") { Description = "Make the directories that are missing" };

    private static BerthCommand Edit()
    {
        var file = new Argument<string>("instance/path") { Description = "The file" };
        return new BerthCommand("edit", "Edit a file in an instance") { Examples = ["berth file edit web1/etc/hosts", "berth file edit web1/etc/motd < motd"] }
            .With(file)
            .Runs(async (session, result, cancellation) =>
            {
                var (instance, path) = Split(result.GetValue(file)!);
                var files = new RemoteFiles(session.Client, instance);
                var local = Path.Combine(Path.GetTempPath(), $"berth-{Guid.NewGuid():N}{Path.GetExtension(path)}");
                var info = await files.FindAsync(path, cancellation) ?? new RemoteInfo(RemoteKind.File, null);
                try
                {
                    if (!Terminal.TerminalSize.IsTerminal(0))
                    {
                        await File.WriteAllTextAsync(local, StandardInput.ReadAll(), cancellation);
                    }
                    else
                    {
                        await DownloadAsync(files, path, local, info, cancellation);
                        await Editor.OpenAsync(local, cancellation);
                    }

                    await using var changed = File.OpenRead(local);
                    await files.PutAsync(path, info with { Kind = RemoteKind.File }, new StreamContent(changed), cancellation);
                }
                finally
                {
                    File.Delete(local);
                }
            });
    }

    private static async Task DownloadAsync(RemoteFiles files, string path, string local, RemoteInfo info, CancellationToken cancellation)
    {
        await using var target = new FileStream(local, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        if (info.Mode is null)
        {
            // A new file: the editor starts empty.
            return;
        }

        var (response, found) = await files.OpenAsync(path, cancellation);
        using (response)
        {
            if (found.Kind != RemoteKind.File)
            {
                throw new CliException($"{path} is a {found.Kind.ToString().ToLowerInvariant()}, which cannot be edited");
            }

            await response.Content.CopyToAsync(target, cancellation);
        }
    }

    private static BerthCommand Create()
    {
        var file = new Argument<string>("instance/path") { Description = "The file" };
        var target = new Argument<string?>("target") { Description = "What a symlink points to", Arity = ArgumentArity.ZeroOrOne };
        var type = new Option<string>("--type") { Description = "file, directory or symlink", DefaultValueFactory = _ => "file" };
        var (uid, gid, mode) = (Owner("--uid", "User id"), Owner("--gid", "Group id"), ModeOption());
        var directories = CreateDirectories();
        return new BerthCommand("create", "Create a file, directory or symlink") { Examples = ["berth file create --type directory web1/srv/www", "berth file create --type symlink web1/etc/localtime /usr/share/zoneinfo/UTC"] }
            .With(file, target, type, uid, gid, mode, directories)
            .Runs(async (session, result, cancellation) =>
            {
                var (instance, path) = Split(result.GetValue(file)!);
                var kind = result.GetValue(type) switch
                {
                    "file" => RemoteKind.File,
                    "directory" => RemoteKind.Directory,
                    "symlink" => RemoteKind.Symlink,
                    var other => throw CliException.Usage($"unknown type \"{other}\"; there are: file, directory, symlink"),
                };
                if (kind == RemoteKind.Symlink != (result.GetValue(target) is not null))
                {
                    throw CliException.Usage("a symlink, and nothing else, takes a target");
                }

                var files = new RemoteFiles(session.Client, instance);
                if (result.GetValue(directories))
                {
                    await files.MakeDirectoriesAsync(RemoteFiles.Parent(path.TrimEnd('/')), new RemoteInfo(RemoteKind.Directory, null), cancellation);
                }

                var info = new RemoteInfo(kind, Mode(result.GetValue(mode)), result.GetValue(uid), result.GetValue(gid));
                var content = kind == RemoteKind.Symlink ? new StringContent(result.GetValue(target)!) : null;
                await files.PutAsync(path.Length > 1 ? path.TrimEnd('/') : path, info, content, cancellation);
            });
    }

    private static BerthCommand Delete()
    {
        var list = new Argument<string[]>("instance/path") { Description = "The files", Arity = ArgumentArity.OneOrMore };
        var force = CommonOptions.Force("Delete directories with all that is in them");
        return new BerthCommand("delete", "Delete files in instances") { Alternatives = ["rm"], Examples = ["berth file delete web1/tmp/old", "berth file delete -f web1/srv/www"] }
            .With(list, force)
            .Runs(async (session, result, cancellation) =>
            {
                foreach (var name in result.GetValue(list)!)
                {
                    var (instance, path) = Split(name);
                    var files = new RemoteFiles(session.Client, instance);
                    await (result.GetValue(force) ? files.DeleteTreeAsync(path, cancellation) : files.DeleteAsync(path, cancellation));
                }
            });
    }
}
