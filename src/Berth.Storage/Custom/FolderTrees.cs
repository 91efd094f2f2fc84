using Berth.Core;
using Berth.Core.Storage.Volumes;
using Berth.Linux;
using Berth.Linux.Files;
using Berth.Linux.Mounts;
using Berth.Linux.Trees;
using Berth.Storage.Dir;
using Microsoft.Win32.SafeHandles;

namespace Berth.Storage.Custom;

/// <summary>Filesystem volumes as directories; one with a size is a filesystem of that size, see <see cref="SizedUpper"/>.</summary>
internal sealed class FolderTrees : IVolumeTrees
{
    private const string Tree = "tree";

    /// <summary>Where hard links are found again while a tree is copied: in it, since there may be nothing beside it.</summary>
    private const string Links = ".berth-links";

    public async Task CreateAsync(string directory, long? size, VolumeRoot root, CancellationToken cancel)
    {
        if (size is { } bytes)
        {
            await SizedUpper.CreateAsync(directory, bytes, null, cancel);
            using var mount = SizedUpper.Mount(directory);
            RemoveLostAndFound(mount);
            // The path in proc is a link, and an owner is given to links themselves.
            Dress(Path.Combine(Fd.ProcPath(mount), "."), root);
            return;
        }

        var tree = Path.Combine(directory, Tree);
        Directory.CreateDirectory(tree);
        Dress(tree, root);
    }

    public SafeFileHandle Mount(string directory, MountAttributes attributes)
    {
        var mount = SizedUpper.Has(directory) ? SizedUpper.Mount(directory) : MountApi.CloneTree(Path.Combine(directory, Tree), recursive: false);
        try
        {
            MountApi.SetAttributes(mount, attributes, propagation: MountPropagation.Private);
            return mount;
        }
        catch
        {
            mount.Dispose();
            throw;
        }
    }

    public Task ResizeAsync(string directory, long? size, bool inUse, CancellationToken cancel) => (SizedUpper.Has(directory), size) switch
    {
        (false, null) => Task.CompletedTask,
        (true, { } bytes) => GrowAsync(directory, bytes, cancel),
        (true, null) => throw BerthException.Unsupported(
            "The size of a volume cannot be taken away in a pool of the driver dir, because the volume is a filesystem of that size. Give a larger size"),
        (false, { }) when inUse => throw BerthException.Unsupported(
            "A volume without a size gets one in a pool of the driver dir only while no running instance uses it, because its files move into a "
            + "filesystem of that size. Stop the instances first"),
        (false, { } bytes) => GiveSizeAsync(directory, bytes, cancel),
    };

    public Task<(long Used, long Total)> GetUsageAsync(string directory, CancellationToken cancel) => Task.Run(() =>
        SizedUpper.Has(directory) ? SizedUpper.Usage(directory) : (TreeUsage.Bytes(Path.Combine(directory, Tree), cancel), 0), cancel);

    public async Task CopyAsync(string from, string to, bool inUse, CancellationToken cancel)
    {
        if (!SizedUpper.Has(from))
        {
            await Task.Run(() => CopyLive(Path.Combine(from, Tree), Directory.CreateDirectory(Path.Combine(to, Tree)).FullName, inUse, cancel), cancel);
            return;
        }

        if (!inUse)
        {
            await Task.Run(() => SizedUpper.Copy(from, to, cancel), cancel);
            return;
        }

        if (await Task.Run(() => SizedUpper.TryClone(from, to, cancel), cancel))
        {
            return;
        }

        await SizedUpper.CreateAsync(to, SizedUpper.Size(from), null, cancel);
        await Task.Run(() =>
        {
            using var source = SizedUpper.Mount(from);
            using var target = SizedUpper.Mount(to);
            RemoveLostAndFound(target);
            CopyLive(Fd.ProcPath(source), Fd.ProcPath(target), inUse, cancel);
        }, cancel);
    }

    public void SetCompression(string directory, string? algorithm)
    {
        if (algorithm is not null)
        {
            throw BerthException.Unsupported("Only pools of the driver btrfs compress");
        }
    }

    private static async Task GrowAsync(string directory, long size, CancellationToken cancel)
    {
        await SizedUpper.GrowAsync(directory, size, cancel);
        using var mount = SizedUpper.Mount(directory);
        RemoveLostAndFound(mount);
    }

    /// <summary>ext4 makes it, and its check makes it again; many programs take only an empty directory for their data.</summary>
    private static void RemoveLostAndFound(SafeFileHandle mount)
    {
        var path = Path.Combine(Fd.ProcPath(mount), "lost+found");
        if (Directory.Exists(path) && !Directory.EnumerateFileSystemEntries(path).Any())
        {
            Directory.Delete(path);
        }
    }

    private static async Task GiveSizeAsync(string directory, long size, CancellationToken cancel)
    {
        var tree = Path.Combine(directory, Tree);
        if (TreeUsage.Bytes(tree, cancel) is var used && used >= size)
        {
            throw BerthException.BadRequest($"The volume holds {used} bytes already, more than a size of {size} bytes. Delete files first, or give a larger size");
        }

        var staging = Path.Combine(directory, PoolLayout.StagingName());
        try
        {
            Directory.CreateDirectory(staging, PoolLayout.Private);
            await SizedUpper.CreateAsync(staging, size, null, cancel);
            await Task.Run(() =>
            {
                using var target = SizedUpper.Mount(staging);
                RemoveLostAndFound(target);
                Copy(tree, Fd.ProcPath(target), cancel);
                FileOperations.SyncFileSystem(Fd.ProcPath(target));
            }, cancel);
            // From here on the volume is the new one; what is left of the old one goes here, or after a crash when the pool is opened.
            SizedUpper.Move(staging, directory);
        }
        catch
        {
            TreeRemover.Remove(staging, null, CancellationToken.None);
            throw;
        }

        Directory.Delete(staging);
        TreeRemover.Remove(tree, null, CancellationToken.None);
    }

    /// <summary>What an interrupted change left in the data directory of a volume.</summary>
    public static IEnumerable<string> HalfMade(string directory)
    {
        foreach (var path in Directory.EnumerateDirectories(directory).Where(PoolLayout.IsStaging))
        {
            yield return path;
        }

        if (SizedUpper.Has(directory) && Path.Combine(directory, Tree) is var tree && Directory.Exists(tree))
        {
            yield return tree;
        }
    }

    private static void CopyLive(string from, string to, bool inUse, CancellationToken cancel)
    {
        try
        {
            Copy(from, to, cancel);
        }
        catch (LinuxException e) when (inUse && e.Errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP)
        {
            throw new BerthException(ErrorKind.Conflict,
                $"The volume was changed while its files were copied ({e.Message}). Stop the instances that use it first, or keep it in a btrfs pool", e);
        }
    }

    private static void Copy(string from, string to, CancellationToken cancel)
    {
        var links = Directory.CreateDirectory(Path.Combine(to, Links)).FullName;
        TreeCopier.Copy(from, to, links, default, cancel);
    }

    private static void Dress(string directory, VolumeRoot root)
    {
        FileOperations.SetOwner(directory, root.Uid, root.Gid);
        File.SetUnixFileMode(directory, root.Mode);
    }
}
