using Berth.Core;
using Berth.Linux.Files;
using Berth.Linux.Mounts;
using Berth.Linux.Namespaces;
using Berth.Linux.Trees;
using Microsoft.Win32.SafeHandles;
using Filesystem = Berth.Linux.Files.Btrfs;

namespace Berth.Storage.Btrfs;

/// <summary>
/// Roots as subvolumes: an image is a read-only one, a root a snapshot of it. On disk the ids are the image's own; the mount shifts
/// them, so that a copy is a snapshot too.
/// </summary>
internal sealed class SubvolumeRoots(SubvolumeQuota quota) : IContainerRoots
{
    private const string Root = "root";

    public bool ReadsImage => false;

    public void MakeImageTree(string path) => Filesystem.CreateSubvolume(path);

    public void SealImageTree(string path) => Filesystem.SetReadOnly(path, readOnly: true);

    public Task CreateAsync(string directory, string? imageTree, uint idBase, long? size, CancellationToken cancel) => Task.Run(() =>
    {
        var root = Path.Combine(directory, Root);
        if (imageTree is null)
        {
            Filesystem.CreateSubvolume(root);
        }
        else
        {
            Filesystem.Snapshot(imageTree, root, readOnly: false);
        }

        if (size is not null)
        {
            quota.Limit(root, size);
        }
    }, cancel);

    public async Task FillAsync(string directory, uint idBase, Func<string, uint, CancellationToken, Task> fill, CancellationToken cancel)
    {
        var root = Path.Combine(directory, Root);
        await fill(root, 0, cancel);
        FileOperations.SyncFileSystem(root);
    }

    public Task<SafeFileHandle> MountAsync(string directory, string? imageTree, uint idBase, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var userNamespace = UserNamespaceFd.Create(new IdMap(idBase));
        // A device node in an image must not be one for the container.
        return Task.FromResult(IdMappedTree.Create(Path.Combine(directory, Root), userNamespace, MountAttributes.NoDevices));
    }

    public Task ResizeAsync(string directory, long? size, CancellationToken cancel) => Task.Run(() =>
    {
        var root = Path.Combine(directory, Root);
        if (size is { } bytes && (Filesystem.ReadLimit(root)?.Used ?? TreeUsage.Bytes(root, cancel)) is var used && used > bytes)
        {
            throw BerthException.BadRequest(
                $"The root holds {used} bytes already: a size of {bytes} bytes would leave it unable to write. Delete files first, or give a larger size");
        }

        quota.Change(root, size);
    }, cancel);

    public IEnumerable<string> HalfMade(string directory) => [];

    public Task<(long Used, long Total)?> GetUsageAsync(string directory, bool count, CancellationToken cancel) => Task.Run<(long, long)?>(() =>
    {
        var root = Path.Combine(directory, Root);
        return Filesystem.ReadLimit(root) is { } limit ? limit : count ? (TreeUsage.Bytes(root, cancel), 0) : null;
    }, cancel);

    public Task CopyAsync(string from, string to, uint idBase, uint newIdBase, CancellationToken cancel) => Task.Run(() =>
    {
        var source = Path.Combine(from, Root);
        var root = Path.Combine(to, Root);
        Filesystem.Snapshot(source, root, readOnly: false);
        if (Filesystem.ReadLimit(source) is { Limit: > 0 } limit)
        {
            quota.Limit(root, limit.Limit);
        }
    }, cancel);

    public bool IsAtomic => true;

    public Task<long?> SnapshotAsync(string directory, string snapshot, CancellationToken cancel) => Task.Run(() =>
    {
        var root = Path.Combine(snapshot, Root);
        Filesystem.Snapshot(Path.Combine(directory, Root), root, readOnly: true);
        return Filesystem.ReadLimit(root)?.Used;
    }, cancel);

    public void SealSnapshot(string snapshot) => Filesystem.SetReadOnly(Path.Combine(snapshot, Root), readOnly: true);

    public Task SyncAsync(string directory, string? imageTree, uint idBase, string source, uint sourceIdBase, CancellationToken cancel) => Task.Run(() =>
    {
        // Not through the root's own mount: there the host's root is nobody and may make nothing.
        var links = Path.Combine(directory, Root, PoolLayout.StagingName());
        Directory.CreateDirectory(links);
        TreeCopier.Update(source, Path.Combine(directory, Root), links, new IdShift(sourceIdBase, 0, Core.Instances.ContainerRoot.IdCount), cancel);
        FileOperations.SyncFileSystem(directory);
    }, cancel);

    public Task RestoreAsync(string snapshot, string directory, string staging, CancellationToken cancel) => Task.Run(() =>
    {
        var root = Path.Combine(directory, Root);
        var restored = Path.Combine(staging, Root);
        Filesystem.Snapshot(Path.Combine(snapshot, Root), restored, readOnly: false);
        if (Filesystem.ReadLimit(root) is { Limit: > 0 } limit)
        {
            quota.Limit(restored, limit.Limit);
        }

        FileOperations.Rename(restored, root, RenameFlags.Exchange);
    }, cancel);
}
