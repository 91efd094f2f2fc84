using Berth.Core.Instances;
using Berth.Core.Storage;
using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Tests.Images;

/// <summary>The part of a pool that keeps images: fills into a staging directory, then renames.</summary>
internal sealed class FakePool(string directory) : IStoragePool
{
    public PoolRecord Record { get; } = new() { Name = "fake", Driver = "dir" };

    public Core.Storage.Volumes.ICustomVolumes Custom => throw new NotSupportedException();

    public int Fills { get; private set; }

    public bool HasImageTree(string fingerprint) => Directory.Exists(ImageTree(fingerprint));

    public string ImageTree(string fingerprint) => Path.Combine(directory, fingerprint, "tree");

    public string Disk(string fingerprint) => Path.Combine(directory, fingerprint, "disk.qcow2");

    public bool HasImageDisk(string fingerprint) => File.Exists(Disk(fingerprint));

    public string ImageDirectory(string fingerprint) => Path.Combine(directory, fingerprint, "files");

    public async Task AddImageTreeAsync(string fingerprint, Func<string, CancellationToken, Task> fill, CancellationToken cancel) =>
        await FillAsync(fingerprint, async staging =>
        {
            var tree = Directory.CreateDirectory(Path.Combine(staging, "tree")).FullName;
            await fill(tree, cancel);
            Directory.Move(tree, ImageTree(fingerprint));
        });

    public async Task AddImageDiskAsync(string fingerprint, Func<string, CancellationToken, Task> fill, CancellationToken cancel) =>
        await FillAsync(fingerprint, async staging =>
        {
            var disk = Path.Combine(staging, "disk.qcow2");
            await fill(disk, cancel);
            File.Move(disk, Disk(fingerprint));
        });

    private async Task FillAsync(string fingerprint, Func<string, Task> fill)
    {
        Fills++;
        Directory.CreateDirectory(ImageDirectory(fingerprint));
        var staging = Directory.CreateDirectory(Path.Combine(directory, fingerprint, "staging")).FullName;
        try
        {
            await fill(staging);
            Assert.Empty(Directory.EnumerateFileSystemEntries(staging));
        }
        finally
        {
            Directory.Delete(staging, recursive: true);
        }
    }

    public Task ImportContainerRootAsync(string volume, uint idBase, long? size, Func<string, uint, CancellationToken, Task> fill, CancellationToken cancel) =>
        throw new NotSupportedException();

    public Task ImportMachineDiskAsync(string volume, long? size, Func<string, CancellationToken, Task> fill, CancellationToken cancel) =>
        throw new NotSupportedException();

    public Task OverwriteMachineDiskAsync(string volume, Func<string, CancellationToken, Task> fill, CancellationToken cancel) => throw new NotSupportedException();

    public Task GrowAsync(long size, CancellationToken cancel) => throw new NotSupportedException();

    public PoolSpace GetSpace() => throw new NotSupportedException();

    public Task RemoveImageAsync(string fingerprint, CancellationToken cancel) => throw new NotSupportedException();

    public IReadOnlyList<string> Images() => throw new NotSupportedException();

    public Task CreateContainerRootAsync(string volume, string? fingerprint, uint idBase, long? size, CancellationToken cancel) => throw new NotSupportedException();

    public Task<SafeFileHandle> MountContainerRootAsync(string volume, uint idBase, CancellationToken cancel) => throw new NotSupportedException();

    public Task CreateMachineDiskAsync(string volume, string? fingerprint, long? size, CancellationToken cancel) => throw new NotSupportedException();

    public string MachineDisk(string volume) => throw new NotSupportedException();

    public Task ResizeAsync(string volume, InstanceKind kind, long? size, CancellationToken cancel) => throw new NotSupportedException();

    public Task<(long Used, long Total)?> GetUsageAsync(string volume, InstanceKind kind, bool count, CancellationToken cancel) => throw new NotSupportedException();

    public Task RenameAsync(string volume, string newName, InstanceKind kind, CancellationToken cancel) => throw new NotSupportedException();

    public Task CopyAsync(string volume, string newName, InstanceKind kind, uint idBase, uint newIdBase, CancellationToken cancel) => throw new NotSupportedException();

    public Task DeleteAsync(string volume, InstanceKind kind, CancellationToken cancel) => throw new NotSupportedException();

    public IReadOnlyList<(string Volume, InstanceKind Kind)> Volumes() => throw new NotSupportedException();

    public Task WriteConfigCopyAsync(string volume, InstanceKind kind, ReadOnlyMemory<byte> json, CancellationToken cancel) => throw new NotSupportedException();

    public Task DestroyAsync(CancellationToken cancel) => throw new NotSupportedException();

    public Task CloseAsync(CancellationToken cancel) => throw new NotSupportedException();

    public bool SnapshotsAreAtomic(InstanceKind kind) => throw new NotSupportedException();

    public IReadOnlyList<string> Snapshots(string volume, InstanceKind kind) => throw new NotSupportedException();

    public Task<long?> CreateSnapshotAsync(string volume, string snapshot, InstanceKind kind, ReadOnlyMemory<byte> configCopy, CancellationToken cancel) => throw new NotSupportedException();

    public Task UndoSnapshotAsync(string volume, string snapshot, InstanceKind kind, CancellationToken cancel) => throw new NotSupportedException();

    public Task RestoreSnapshotAsync(string volume, string snapshot, InstanceKind kind, CancellationToken cancel) => throw new NotSupportedException();

    public Task RenameSnapshotAsync(string volume, string snapshot, string newName, InstanceKind kind, CancellationToken cancel) => throw new NotSupportedException();

    public Task DeleteSnapshotAsync(string volume, string snapshot, InstanceKind kind, CancellationToken cancel) => throw new NotSupportedException();

    public Task CopyWithSnapshotsAsync(string volume, string? from, string newName, InstanceKind kind, uint idBase, uint newIdBase, IReadOnlyCollection<string> snapshots, CancellationToken cancel) => throw new NotSupportedException();

    public Task ImportMachineAsync(string newName, string source, string? from, string? fingerprint, uint owner, IReadOnlyCollection<string> snapshots, CancellationToken cancel) => throw new NotSupportedException();

    public Task SyncContainerRootAsync(string volume, uint idBase, SafeFileHandle source, uint sourceIdBase, CancellationToken cancel) => throw new NotSupportedException();

    public Task ReplaceAsync(string volume, string by, InstanceKind kind, CancellationToken cancel) => throw new NotSupportedException();

    public Task<SafeFileHandle> MountSnapshotAsync(string volume, string snapshot, uint idBase, CancellationToken cancel) => throw new NotSupportedException();

    public string SnapshotDisk(string volume, string snapshot) => throw new NotSupportedException();

    public DiskMerge? NextMerge(string volume) => throw new NotSupportedException();

    public Task MergeAsync(DiskMerge merge, CancellationToken cancel) => throw new NotSupportedException();

    public Task RemoveUnusedLayersAsync(string volume, CancellationToken cancel) => throw new NotSupportedException();
}
