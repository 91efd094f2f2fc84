using Berth.Core.Instances;
using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Storage;

/// <summary>
/// Snapshots of a pool's volumes. They lie with their volume: renaming or deleting the volume takes them along in the same step.
/// A snapshot is there as a whole or not at all, also after a crash; the caller serialises the changes of one volume.
/// </summary>
public interface IVolumeSnapshots
{
    /// <summary>
    /// A snapshot is of one moment, whatever writes meanwhile. Otherwise (files are copied one by one) the writers have to be frozen
    /// while <see cref="CreateSnapshotAsync"/>, <see cref="IStoragePool.CopyAsync"/> or a copy with snapshots runs.
    /// </summary>
    bool SnapshotsAreAtomic(InstanceKind kind);

    /// <summary>Names of a volume's snapshots, in no order.</summary>
    IReadOnlyList<string> Snapshots(string volume, InstanceKind kind);

    /// <summary>
    /// Takes a snapshot. A machine's disk goes on in a new file at <see cref="IStoragePool.MachineDisk"/>, which lies on the old one:
    /// where it runs, the engine has to be moved to it (<see cref="ILiveDisk.SwitchDiskAsync"/>) before the snapshot counts.
    /// </summary>
    /// <param name="configCopy">Kept beside the snapshot's data, so that it describes itself.</param>
    /// <returns>Bytes that it holds by itself; null where the driver has no figure at hand.</returns>
    /// <exception cref="BerthException">Conflict: the name is taken. BadRequest: no name. NoSpace.</exception>
    Task<long?> CreateSnapshotAsync(string volume, string snapshot, InstanceKind kind, ReadOnlyMemory<byte> configCopy, CancellationToken cancel);

    /// <summary>Takes back a snapshot of a running machine that its engine refused to be moved away from: it goes on in the old file.</summary>
    Task UndoSnapshotAsync(string volume, string snapshot, InstanceKind kind, CancellationToken cancel);

    /// <summary>Puts a stopped volume back to a snapshot, as one step. The snapshots all stay.</summary>
    Task RestoreSnapshotAsync(string volume, string snapshot, InstanceKind kind, CancellationToken cancel);

    Task RenameSnapshotAsync(string volume, string snapshot, string newName, InstanceKind kind, CancellationToken cancel);

    /// <summary>Removes a snapshot; no error when it is not there. A machine's may leave something to merge, see <see cref="NextMerge"/>.</summary>
    Task DeleteSnapshotAsync(string volume, string snapshot, InstanceKind kind, CancellationToken cancel);

    /// <summary>Copies a volume, or one of its snapshots, within this pool, as cheaply as the filesystem can.</summary>
    /// <param name="from">The snapshot that the copy is of; null: the volume as it is now.</param>
    /// <param name="snapshots">The snapshots that the copy gets too.</param>
    Task CopyWithSnapshotsAsync(
        string volume, string? from, string newName, InstanceKind kind, uint idBase, uint newIdBase, IReadOnlyCollection<string> snapshots, CancellationToken cancel);

    /// <summary>Makes a machine's volume from one of another pool, with the snapshots that are named.</summary>
    /// <param name="source">What <see cref="IStoragePool.MachineDisk"/> says there.</param>
    /// <param name="fingerprint">The image, of this pool, that the disk lies on; null: what it has of it is copied too.</param>
    Task ImportMachineAsync(
        string newName, string source, string? from, string? fingerprint, uint owner, IReadOnlyCollection<string> snapshots, CancellationToken cancel);

    /// <summary>Makes a stopped container's root what another root is, of whatever pool; only what differs is copied.</summary>
    /// <param name="source">A mounted root, which nobody changes meanwhile.</param>
    Task SyncContainerRootAsync(string volume, uint idBase, SafeFileHandle source, uint sourceIdBase, CancellationToken cancel);

    /// <summary>Puts the content of a volume in the place of another one, as one step; what was there is removed.</summary>
    /// <param name="by">A volume with a name of <see cref="TemporaryVolume"/>.</param>
    Task ReplaceAsync(string volume, string by, InstanceKind kind, CancellationToken cancel);

    /// <summary>The root of a container's snapshot, read-only; otherwise as <see cref="IStoragePool.MountContainerRootAsync"/>.</summary>
    Task<SafeFileHandle> MountSnapshotAsync(string volume, string snapshot, uint idBase, CancellationToken cancel);

    /// <summary>Path of the disk (qcow2) of a machine's snapshot; it is not to be written.</summary>
    string SnapshotDisk(string volume, string snapshot);

    /// <summary>What a deleted snapshot left to do in a machine's chain of disks; null when nothing.</summary>
    DiskMerge? NextMerge(string volume);

    /// <summary>Does a merge while the machine is stopped. It may be interrupted at any point and begun again.</summary>
    Task MergeAsync(DiskMerge merge, CancellationToken cancel);

    /// <summary>Removes the files of a machine's chain that nothing needs any more, as after a merge.</summary>
    Task RemoveUnusedLayersAsync(string volume, CancellationToken cancel);
}

/// <summary>Volumes that shall not outlive the work that makes them: a daemon that finds one, when it opens the pool, removes it.</summary>
public static class TemporaryVolume
{
    /// <summary>What no instance's volume begins with.</summary>
    public const string Prefix = "~new-";

    public static string Name() => Prefix + Guid.NewGuid().ToString("N");
}

/// <summary>Two disks of a chain that shall become one: <paramref name="Disk"/> takes over what it only finds in the layer below it.</summary>
/// <param name="Disk">Path of the upper file, which stays.</param>
/// <param name="Layer">Path of the file below it, which goes afterwards.</param>
/// <param name="Below">Path of the file that the layer lies on; null for none.</param>
/// <param name="BelowName">How <paramref name="Disk"/> shall name that file in its header; null for none.</param>
public sealed record DiskMerge(string Disk, string Layer, string? Below, string? BelowName);
