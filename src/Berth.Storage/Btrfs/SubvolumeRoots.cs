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
/// <param name="pool">The pool's directory.</param>
internal sealed class SubvolumeRoots(string pool) : IContainerRoots
{
    private const string Root = "root";

    private readonly Lock _enabling = new();

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
            Limit(root, size);
        }
    }, cancel);

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

        if (size is not null || Filesystem.QuotaMode(pool) != BtrfsQuotaMode.Disabled)
        {
            Limit(root, size);
        }
    }, cancel);

    public IEnumerable<string> HalfMade(string directory) => [];

    public Task<(long Used, long Total)?> GetUsageAsync(string directory, bool count, CancellationToken cancel) => Task.Run<(long, long)?>(() =>
    {
        var root = Path.Combine(directory, Root);
        return Filesystem.ReadLimit(root) is { } quota ? quota : count ? (TreeUsage.Bytes(root, cancel), 0) : null;
    }, cancel);

    public Task CopyAsync(string from, string to, uint idBase, uint newIdBase, CancellationToken cancel) => Task.Run(() =>
    {
        var source = Path.Combine(from, Root);
        var root = Path.Combine(to, Root);
        Filesystem.Snapshot(source, root, readOnly: false);
        if (Filesystem.ReadLimit(source) is { Limit: > 0 } quota)
        {
            Limit(root, quota.Limit);
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

    public Task RestoreAsync(string snapshot, string directory, string staging, CancellationToken cancel) => Task.Run(() =>
    {
        var root = Path.Combine(directory, Root);
        var restored = Path.Combine(staging, Root);
        Filesystem.Snapshot(Path.Combine(snapshot, Root), restored, readOnly: false);
        if (Filesystem.ReadLimit(root) is { Limit: > 0 } quota)
        {
            Limit(restored, quota.Limit);
        }

        FileOperations.Rename(restored, root, RenameFlags.Exchange);
    }, cancel);

    private void Limit(string root, long? size)
    {
        lock (_enabling)
        {
            // On a filesystem of the user's own no simple quotas: they would shut out kernels before 6.7 for ever.
            if (Filesystem.QuotaMode(pool) == BtrfsQuotaMode.Disabled)
            {
                Filesystem.EnableQuota(pool);
            }
        }

        Filesystem.SetQuota(root, size);
    }
}
