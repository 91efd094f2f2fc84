using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Storage.Volumes;

/// <summary>Owner and mode of a new filesystem volume's root, as an instance sees them.</summary>
public sealed record VolumeRoot(uint Uid = 0, uint Gid = 0, UnixFileMode Mode = VolumeRoot.DefaultMode)
{
    /// <summary>0711, as Incus.</summary>
    public const UnixFileMode DefaultMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
}

/// <summary>
/// The custom volumes of an open pool. Names are <see cref="VolumeRecord.Key"/>. Operations on different volumes run at the same time;
/// the caller serialises those on one volume. A change is whole or not there after a crash. On the disk ids are as instances see them.
/// </summary>
public interface ICustomVolumes
{
    /// <param name="size">Hard limit in bytes; null: none.</param>
    /// <param name="fill">Writes the content into the directory that it is given; null for an empty volume.</param>
    Task CreateFilesystemAsync(string volume, long? size, VolumeRoot root, Func<string, CancellationToken, Task>? fill, CancellationToken cancel);

    /// <summary>Makes a disk or CD-ROM image, raw.</summary>
    /// <param name="size">Bytes that the disk has; null: what <paramref name="fill"/> wrote.</param>
    /// <param name="fill">Writes the content at the path that it is given; null for an empty disk.</param>
    Task CreateBlockAsync(string volume, VolumeContent content, long? size, Func<string, CancellationToken, Task>? fill, CancellationToken cancel);

    /// <summary>The files of a volume as a detached mount: attach it with move_mount, or work in it through the handle. Nothing is left over when it is closed.</summary>
    /// <param name="snapshot">A snapshot of it, read-only; null: the volume itself.</param>
    /// <param name="idBase">Host id that is 0 in the instance; null leaves the ids as they are on the disk.</param>
    Task<SafeFileHandle> MountAsync(string volume, string? snapshot, uint? idBase, bool readOnly, CancellationToken cancel);

    /// <summary>Path of the raw image of a block or ISO volume.</summary>
    string DiskPath(string volume, string? snapshot, VolumeContent content);

    /// <param name="inUse">It is mounted in a running instance: what needs it for itself is refused.</param>
    Task ResizeAsync(string volume, VolumeContent content, long? size, bool inUse, CancellationToken cancel);

    /// <summary>Sets what the driver keeps beside the files (<c>btrfs.compression</c>); null unsets it.</summary>
    void SetCompression(string volume, string? algorithm);

    /// <summary>Bytes that the volume holds and its limit (0 = none).</summary>
    Task<(long Used, long Total)> GetUsageAsync(string volume, VolumeContent content, CancellationToken cancel);

    /// <summary>Copies a volume, or one of its snapshots, within the pool, without its snapshots.</summary>
    Task CopyAsync(string volume, string? snapshot, string newName, VolumeContent content, bool inUse, CancellationToken cancel);

    /// <summary>Makes a snapshot, as cheaply as the filesystem can.</summary>
    Task SnapshotAsync(string volume, string snapshot, VolumeContent content, bool inUse, CancellationToken cancel);

    /// <summary>Adds a snapshot with content from elsewhere: <paramref name="fill"/> as for a new volume.</summary>
    Task AddSnapshotAsync(
        string volume, string snapshot, VolumeContent content, long? size, Func<string, CancellationToken, Task> fill, CancellationToken cancel);

    /// <summary>Puts content from elsewhere in the place of the volume's. Nobody may use the volume.</summary>
    Task ReplaceAsync(string volume, VolumeContent content, long? size, Func<string, CancellationToken, Task> fill, CancellationToken cancel);

    /// <summary>Puts the content of a snapshot in the place of the volume's. Nobody may use the volume.</summary>
    Task RestoreAsync(string volume, string snapshot, VolumeContent content, CancellationToken cancel);

    void RenameSnapshot(string volume, string snapshot, string newName);

    /// <summary>No error when it is not there.</summary>
    void DeleteSnapshot(string volume, string snapshot);

    void Rename(string volume, string newName);

    /// <summary>Removes a volume with its snapshots; space may be given back in the background. No error when it is not there.</summary>
    void Delete(string volume);

    bool Exists(string volume, string? snapshot = null);

    /// <summary>Writes the volume's configuration copy beside its data (crash-safe replace).</summary>
    Task WriteConfigCopyAsync(string volume, ReadOnlyMemory<byte> json, CancellationToken cancel);

    IReadOnlyList<string> List();

    /// <summary>Names of a volume's snapshots, in no order.</summary>
    IReadOnlyList<string> Snapshots(string volume);
}
