using Berth.Linux.Files;
using Berth.Linux.Trees;

namespace Berth.Storage.Dir;

/// <summary>A snapshot costs what the container itself has written: its upper directory is copied, the image's tree is not.</summary>
internal sealed partial class OverlayRoots
{
    public bool IsAtomic => false;

    public Task<long?> SnapshotAsync(string directory, string snapshot, CancellationToken cancel) => Task.Run<long?>(() =>
    {
        if (SizedUpper.Has(directory))
        {
            SizedUpper.Copy(directory, snapshot, cancel);
            return SizedUpper.Allocated(snapshot);
        }

        CopyUpper(directory, snapshot, 0, 0, cancel);
        return TreeUsage.Bytes(Path.Combine(snapshot, "upper"), cancel);
    }, cancel);

    public void SealSnapshot(string snapshot)
    {
        // Only its root can reach it, and it is mounted read-only.
    }

    public Task RestoreAsync(string snapshot, string directory, string staging, CancellationToken cancel) => Task.Run(() =>
    {
        if (SizedUpper.Has(snapshot))
        {
            SizedUpper.Copy(snapshot, staging, cancel);
            // From here on the filesystem is the root; what a root without a size had is of no use any more.
            SizedUpper.Replace(staging, directory);
            SetAside(directory, staging);
            return;
        }

        CopyUpper(snapshot, staging, 0, 0, cancel);
        FileOperations.SyncFileSystem(staging);
        if (!SizedUpper.Has(directory))
        {
            FileOperations.Rename(Path.Combine(staging, "upper"), Path.Combine(directory, "upper"), RenameFlags.Exchange);
            return;
        }

        Own.ToList().ForEach(name => Directory.Move(Path.Combine(staging, name), Path.Combine(directory, name)));
        // As long as the filesystem is there, it is the root.
        SizedUpper.Delete(directory);
    }, cancel);

    public async Task SyncAsync(string directory, string? imageTree, uint idBase, string source, uint sourceIdBase, CancellationToken cancel)
    {
        using var root = await MountAsync(directory, imageTree, idBase, cancel);
        await Task.Run(() =>
        {
            var to = Linux.Fd.ProcPath(root);
            var links = Path.Combine(to, PoolLayout.StagingName());
            Directory.CreateDirectory(links);
            TreeCopier.Update(source, to, links, new IdShift(sourceIdBase, idBase, Core.Instances.ContainerRoot.IdCount), cancel);
            FileOperations.SyncFileSystem(to);
        }, cancel);
    }

    private static void SetAside(string directory, string staging)
    {
        foreach (var path in Own.Select(name => Path.Combine(directory, name)).Where(Directory.Exists))
        {
            Directory.Move(path, Path.Combine(staging, Path.GetFileName(path)));
        }
    }
}
