using Berth.Core;
using Berth.Core.Instances;
using Berth.Linux;
using Berth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Berth.Containers.Running;

/// <summary>Files below a container's root, with the container's own ids. The work blocks on the disk, so it runs off the API's path.</summary>
internal abstract class RootFiles : IInstanceFiles
{
    /// <summary>The root for one operation; the caller disposes it.</summary>
    protected abstract RootedDirectory Open();

    public Task<FileEntry> StatAsync(string path, CancellationToken cancel) => DoAsync(path, root => Entry(root, path, Path.GetFileName(path.TrimEnd('/'))), cancel);

    public Task<IReadOnlyList<FileEntry>> ListAsync(string path, CancellationToken cancel) => DoAsync<IReadOnlyList<FileEntry>>(
        path, root => [.. root.List(path).Select(name => Entry(root, Path.Join(path, name), name))], cancel);

    public Task<Stream> OpenReadAsync(string path, CancellationToken cancel) =>
        DoAsync<Stream>(path, root => new FileStream(root.OpenRead(path), FileAccess.Read, 0), cancel);

    public async Task WriteAsync(string path, Stream content, FileOwnership ownership, bool append, CancellationToken cancel)
    {
        var mode = append ? WriteMode.Append : WriteMode.Overwrite;
        var handle = await DoAsync(path, root => root.OpenWrite(path, mode, Change(ownership)), cancel);
        await using var file = new FileStream(handle, FileAccess.Write, 0);
        try
        {
            if (append)
            {
                file.Seek(0, SeekOrigin.End);
            }

            await content.CopyToAsync(file, 256 << 10, cancel);
        }
        catch (IOException e) when (e is not LinuxException && (e.HResult & 0xffff) is Errno.ENOSPC or Errno.EDQUOT)
        {
            throw new BerthException(ErrorKind.NoSpace, $"There is no room for {path} on the instance's disk", e);
        }
    }

    public Task CreateDirectoryAsync(string path, FileOwnership ownership, CancellationToken cancel) => DoAsync(
        path,
        root =>
        {
            if (root.TryStat(path, follow: true)?.Type != FileType.Directory)
            {
                root.MakeDirectory(path, parents: false, Change(ownership));
            }

            return true;
        },
        cancel);

    public Task CreateSymlinkAsync(string path, string target, FileOwnership ownership, CancellationToken cancel) => DoAsync(
        path,
        root =>
        {
            root.MakeSymbolicLink(path, target, Change(ownership));
            return true;
        },
        cancel);

    public Task DeleteAsync(string path, bool recursive, CancellationToken cancel) => DoAsync(
        path,
        root =>
        {
            root.Delete(path, recursive);
            return true;
        },
        cancel);

    public Task<ISftpSession> OpenSftpAsync(CancellationToken cancel) => Task.FromResult<ISftpSession>(new SftpSession(Open, Ended));

    /// <summary>Ends when the root goes away; null where it stays as long as this does.</summary>
    protected virtual Func<CancellationToken, Task>? Ended => null;

    private static FileEntry Entry(RootedDirectory root, string path, string name)
    {
        var status = root.Stat(path);
        var kind = status.Type switch
        {
            FileType.Regular => FileKind.File,
            FileType.Directory => FileKind.Directory,
            FileType.SymbolicLink => FileKind.Symlink,
            _ => FileKind.Other,
        };
        return new(
            name, kind, (uint)status.Uid, (uint)status.Gid, (uint)status.Mode, status.Size, status.Modified,
            kind == FileKind.Symlink ? root.ReadLink(path) : null);
    }

    private static FileAttributeChange Change(FileOwnership ownership) => new(ownership.Uid, ownership.Gid, (int?)ownership.Mode);

    private Task<T> DoAsync<T>(string path, Func<RootedDirectory, T> work, CancellationToken cancel) => Task.Run(
        () =>
        {
            try
            {
                using var root = Open();
                return work(root);
            }
            catch (LinuxException e)
            {
                throw ToError(e, path);
            }
        },
        cancel);

    private static BerthException ToError(LinuxException e, string path) => e.Errno switch
    {
        Errno.ENOENT => BerthException.NotFound($"There is no file or directory {path} in the instance"),
        Errno.EEXIST => BerthException.Conflict($"{path} exists already in the instance"),
        Errno.ENOTDIR => BerthException.BadRequest($"A part of {path} is not a directory"),
        Errno.EISDIR => BerthException.BadRequest($"{path} is a directory"),
        Errno.ENOTEMPTY => BerthException.BadRequest($"The directory {path} is not empty; delete it recursively"),
        Errno.ELOOP => BerthException.BadRequest($"{path} leads through too many symlinks, or out of the instance"),
        Errno.ENAMETOOLONG => BerthException.BadRequest("The path, or a part of it, is too long"),
        Errno.EINVAL or Errno.ENXIO or Errno.EXDEV => BerthException.BadRequest($"{path}: {e.Message}"),
        Errno.EROFS => BerthException.BadRequest($"{path} is on a read-only filesystem"),
        Errno.ENOSPC or Errno.EDQUOT => new(ErrorKind.NoSpace, $"There is no room for {path} on the instance's disk", e),
        _ => BerthException.Internal($"{path}: {e.Message}", e),
    };
}

/// <summary>A running container's files, as its init sees them.</summary>
/// <param name="ended">Waits for its end.</param>
internal sealed class RunningRoot(Func<SafeFileHandle> open, uint idBase, Func<CancellationToken, Task> ended) : RootFiles
{
    protected override Func<CancellationToken, Task> Ended => ended;

    protected override RootedDirectory Open() => new(open(), new(idBase));
}

/// <summary>A stopped container's files: its root is a detached mount that goes with the handle.</summary>
internal sealed class StoppedRoot(SafeFileHandle mount, uint idBase) : RootFiles, IStoppedFiles
{
    public ValueTask DisposeAsync()
    {
        mount.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override RootedDirectory Open() => new(Fd.Duplicate(mount), new(idBase));
}
