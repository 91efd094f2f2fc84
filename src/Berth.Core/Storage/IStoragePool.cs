using System.Collections.Immutable;
using Berth.Core.Instances;
using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Storage;

/// <summary>A storage pool as it is stored.</summary>
public sealed record PoolRecord
{
    public required string Name { get; init; }

    /// <summary><c>dir</c> or <c>btrfs</c>; never <c>auto</c>, which is decided at creation.</summary>
    public required string Driver { get; init; }

    public string Description { get; init; } = "";

    /// <summary><c>source</c> (directory, block device or loop file), <c>size</c>, …</summary>
    public ImmutableSortedDictionary<string, string> Config { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>Makes pools of one driver.</summary>
public interface IStorageDriver
{
    string Name { get; }

    /// <summary>The keys of its pools beside <c>volume.*</c> and <c>user.*</c>.</summary>
    IReadOnlyCollection<string> ConfigKeys => ["source"];

    /// <summary>Why this driver cannot serve <paramref name="config"/> here; null when it can.</summary>
    string? WhyNot(IReadOnlyDictionary<string, string> config);

    /// <summary>Makes the pool's directories (and loop file); repeating it after a crash completes it. Returns the record with the final config.</summary>
    Task<PoolRecord> CreateAsync(PoolRecord pool, CancellationToken cancel);

    /// <summary>Mounts and checks an existing pool; removes what a crash left half-made.</summary>
    Task<IStoragePool> OpenAsync(PoolRecord pool, CancellationToken cancel);
}

/// <summary>
/// An open pool. Operations on different volumes run at the same time; the caller serialises those on one volume.
/// Every change is complete or undone after a crash: half-made things have names that OpenAsync recognises and removes.
/// </summary>
public interface IStoragePool : IVolumeSnapshots
{
    PoolRecord Record { get; }

    Volumes.ICustomVolumes Custom { get; }

    /// <summary>Bytes and inodes of the filesystem below.</summary>
    PoolSpace GetSpace();

    /// <summary>The image's unpacked tree is there.</summary>
    bool HasImageTree(string fingerprint);

    /// <summary>Adds an image's tree: <paramref name="fill"/> writes it into the directory that it is given. Concurrent calls share one fill.</summary>
    Task AddImageTreeAsync(string fingerprint, Func<string, CancellationToken, Task> fill, CancellationToken cancel);

    /// <summary>Path of an image's unpacked tree (real ids, unshifted), for reading.</summary>
    string ImageTree(string fingerprint);

    /// <summary>The image's disk (qcow2) is there.</summary>
    bool HasImageDisk(string fingerprint);

    /// <summary>Adds an image's disk: <paramref name="fill"/> writes a qcow2 file at the path that it is given.</summary>
    Task AddImageDiskAsync(string fingerprint, Func<string, CancellationToken, Task> fill, CancellationToken cancel);

    /// <summary>Directory beside the image's content for derived files (kernel, initrd), inside this pool.</summary>
    string ImageDirectory(string fingerprint);

    /// <summary>Forgets the image; content that instances still use stays until the last of them is gone.</summary>
    Task RemoveImageAsync(string fingerprint, CancellationToken cancel);

    /// <summary>Fingerprints with content in this pool.</summary>
    IReadOnlyList<string> Images();

    /// <summary>Makes a container's root from an image's tree (or empty when <paramref name="fingerprint"/> is null).</summary>
    Task CreateContainerRootAsync(string volume, string? fingerprint, uint idBase, long? size, CancellationToken cancel);

    /// <summary>Makes a container's root with files from elsewhere.</summary>
    /// <param name="fill">Writes them into the directory that it is given, with the number that it is given added to their ids.</param>
    Task ImportContainerRootAsync(string volume, uint idBase, long? size, Func<string, uint, CancellationToken, Task> fill, CancellationToken cancel);

    /// <summary>Makes a machine's root disk from a raw one.</summary>
    /// <param name="fill">Writes it at the path that it is given.</param>
    Task ImportMachineDiskAsync(string volume, long? size, Func<string, CancellationToken, Task> fill, CancellationToken cancel);

    /// <summary>Puts a raw disk in the place of a stopped machine's; the snapshots keep what they have.</summary>
    Task OverwriteMachineDiskAsync(string volume, Func<string, CancellationToken, Task> fill, CancellationToken cancel);

    /// <summary>
    /// The container's root as a detached mount whose files have the container's host ids (<paramref name="idBase"/> is its root):
    /// attach it with move_mount, or work in it through the handle. Nothing is left over when the handle is closed.
    /// </summary>
    Task<SafeFileHandle> MountContainerRootAsync(string volume, uint idBase, CancellationToken cancel);

    /// <summary>Makes a machine's root disk: an overlay on the image's disk (or an empty one when <paramref name="fingerprint"/> is null).</summary>
    /// <param name="size">Bytes; null takes the image's virtual size. Smaller than the image's is refused.</param>
    Task CreateMachineDiskAsync(string volume, string? fingerprint, long? size, CancellationToken cancel);

    /// <summary>Path of the machine's root disk (qcow2).</summary>
    string MachineDisk(string volume);

    /// <summary>
    /// Changes the hard limit of a root. Containers: live on btrfs; on dir live growth only (a root without a size gets its first one while
    /// stopped), and the error says what stands against it. A machine's disk: the engine resizes it while it runs.
    /// </summary>
    Task ResizeAsync(string volume, InstanceKind kind, long? size, CancellationToken cancel);

    /// <summary>Bytes that the volume alone holds and its limit (0 = none).</summary>
    /// <param name="count">
    /// Whether files may be counted one by one, which takes as long as there are files. False: null where the filesystem has no figure at hand.
    /// </param>
    Task<(long Used, long Total)?> GetUsageAsync(string volume, InstanceKind kind, bool count, CancellationToken cancel);

    Task RenameAsync(string volume, string newName, InstanceKind kind, CancellationToken cancel);

    /// <summary>Copies a stopped instance's root within this pool, as cheaply as the filesystem can.</summary>
    Task CopyAsync(string volume, string newName, InstanceKind kind, uint idBase, uint newIdBase, CancellationToken cancel);

    /// <summary>Removes a volume; the name is free at once, space may be given back in the background. No error when it is not there.</summary>
    Task DeleteAsync(string volume, InstanceKind kind, CancellationToken cancel);

    /// <summary>Volumes present, with their kind.</summary>
    IReadOnlyList<(string Volume, InstanceKind Kind)> Volumes();

    /// <summary>Writes or reads the instance's configuration copy beside its data (crash-safe replace).</summary>
    Task WriteConfigCopyAsync(string volume, InstanceKind kind, ReadOnlyMemory<byte> json, CancellationToken cancel);

    /// <summary>Makes a pool that has a size of its own larger, while it is used.</summary>
    /// <exception cref="BerthException">BadRequest: it would shrink, or has none.</exception>
    Task GrowAsync(long size, CancellationToken cancel);

    /// <summary>Removes the pool. Refused while it holds volumes.</summary>
    Task DestroyAsync(CancellationToken cancel);

    /// <summary>Unmounts (loop pools); instances that run are not disturbed.</summary>
    Task CloseAsync(CancellationToken cancel);
}

/// <summary>Bytes and inodes.</summary>
public sealed record PoolSpace(long TotalBytes, long UsedBytes, long TotalInodes, long UsedInodes);
