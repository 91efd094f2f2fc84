using Berth.Core.Instances;
using Berth.Core.Storage;

namespace Berth.Core.Backups;

/// <summary>The parts of an instance in a backup, and how one after the other becomes the content of its volume.</summary>
internal sealed class InstanceParts(BackupReader reader, InstanceRecord record, IStoragePool pool, long? size)
{
    public const string Root = "/rootfs";
    public const string Disk = ".img";

    private bool _made;

    public static string Main(InstanceKind kind) => kind == InstanceKind.Container ? "backup/container" : "backup/virtual-machine";

    public static string Of(InstanceKind kind, string snapshot) =>
        (kind == InstanceKind.Container ? "backup/snapshots/" : "backup/virtual-machine-snapshots/") + snapshot;

    /// <summary>Makes the volume's content that of the part that comes next: of a snapshot, or (null) the instance's own.</summary>
    public async Task UnpackAsync(string? snapshot, CancellationToken cancel)
    {
        var part = snapshot is null ? Main(record.Kind) : Of(record.Kind, snapshot);
        await reader.SkipAsync(path => path is "backup/snapshots" or "backup/virtual-machine-snapshots", cancel);
        if (record.Kind == InstanceKind.Container)
        {
            // What Incus keeps of an instance beside its files is in the index too.
            await reader.SkipAsync(path => IsBelow(path, part) && !IsBelow(path, part + Root), cancel);
            await UnpackRootAsync(part + Root, cancel);
        }
        else
        {
            await reader.SkipAsync(path => IsBelow(path, part), cancel);
            await UnpackDiskAsync(part + Disk, cancel);
        }

        _made = true;
        await reader.SkipAsync(path => IsBelow(path, part), cancel);
    }

    private async Task UnpackRootAsync(string part, CancellationToken cancel)
    {
        var key = record.Id.Key;
        if (!_made)
        {
            await pool.ImportContainerRootAsync(key, record.IdBase, size, (to, shift, stop) => reader.UnpackAsync(part, to, isSystem: true, shift, size, stop), cancel);
            return;
        }

        // Beside the volume, so that of what is the same as in the snapshot before nothing is kept twice.
        var beside = TemporaryVolume.Name();
        await pool.ImportContainerRootAsync(beside, record.IdBase, null, (to, shift, stop) => reader.UnpackAsync(part, to, isSystem: true, shift, null, stop), cancel);
        try
        {
            using var root = await pool.MountContainerRootAsync(beside, record.IdBase, cancel);
            await pool.SyncContainerRootAsync(key, record.IdBase, root, record.IdBase, cancel);
        }
        finally
        {
            await pool.DeleteAsync(beside, record.Kind, CancellationToken.None);
        }
    }

    private Task UnpackDiskAsync(string part, CancellationToken cancel) =>
        _made
            ? pool.OverwriteMachineDiskAsync(record.Id.Key, (path, stop) => reader.ExtractDiskAsync(part, path, stop), cancel)
            : pool.ImportMachineDiskAsync(record.Id.Key, size, (path, stop) => reader.ExtractDiskAsync(part, path, stop), cancel);

    private static bool IsBelow(string path, string directory) => path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal);
}
