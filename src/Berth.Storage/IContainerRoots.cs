using Microsoft.Win32.SafeHandles;

namespace Berth.Storage;

/// <summary>
/// How one driver keeps image trees and containers' roots. It is given directories: which volume they are, what stands in the
/// pool and what is thrown away is <see cref="StoragePool"/>'s business.
/// </summary>
internal interface IContainerRoots
{
    /// <summary>A root goes on reading its image's tree, which therefore has to stay as long as the root.</summary>
    bool ReadsImage { get; }

    /// <summary>Makes the empty directory that an image is unpacked into.</summary>
    void MakeImageTree(string path);

    /// <summary>The image is unpacked: nothing may change it any more.</summary>
    void SealImageTree(string path);

    /// <summary>Makes a root in the new directory of a volume.</summary>
    Task CreateAsync(string directory, string? imageTree, uint idBase, long? size, CancellationToken cancel);

    /// <summary>Lets <paramref name="fill"/> write files into a new root: into a directory, with what it adds to their ids.</summary>
    Task FillAsync(string directory, uint idBase, Func<string, uint, CancellationToken, Task> fill, CancellationToken cancel);

    /// <summary>A detached mount of the root, see <see cref="Core.Storage.IStoragePool.MountContainerRootAsync"/>.</summary>
    Task<SafeFileHandle> MountAsync(string directory, string? imageTree, uint idBase, CancellationToken cancel);

    Task ResizeAsync(string directory, long? size, CancellationToken cancel);

    /// <summary>What an interrupted change left in the directory of a volume.</summary>
    IEnumerable<string> HalfMade(string directory);

    /// <summary>See <see cref="Core.Storage.IStoragePool.GetUsageAsync"/>.</summary>
    Task<(long Used, long Total)?> GetUsageAsync(string directory, bool count, CancellationToken cancel);

    /// <summary>Copies a stopped root into the new directory of a volume.</summary>
    Task CopyAsync(string from, string to, uint idBase, uint newIdBase, CancellationToken cancel);

    /// <summary>Snapshots and copies are of one moment, whatever writes meanwhile.</summary>
    bool IsAtomic { get; }

    /// <summary>
    /// Makes a snapshot of a root in a new directory. That looks like a volume's directory: it is mounted and copied as one.
    /// </summary>
    /// <returns>Bytes that it holds by itself; null where there is no figure at hand.</returns>
    Task<long?> SnapshotAsync(string directory, string snapshot, CancellationToken cancel);

    /// <summary>What was copied to a snapshot's directory shall not change any more.</summary>
    void SealSnapshot(string snapshot);

    /// <summary>See <see cref="Core.Storage.IVolumeSnapshots.SyncContainerRootAsync"/>.</summary>
    /// <param name="source">Path of the mounted tree.</param>
    Task SyncAsync(string directory, string? imageTree, uint idBase, string source, uint sourceIdBase, CancellationToken cancel);

    /// <summary>Puts a stopped root back to a snapshot, as one step.</summary>
    /// <param name="staging">An empty directory of the volume; what is in it afterwards is thrown away.</param>
    Task RestoreAsync(string snapshot, string directory, string staging, CancellationToken cancel);
}
