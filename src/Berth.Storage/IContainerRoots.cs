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

    /// <summary>A detached mount of the root, see <see cref="Core.Storage.IStoragePool.MountContainerRootAsync"/>.</summary>
    Task<SafeFileHandle> MountAsync(string directory, string? imageTree, uint idBase, CancellationToken cancel);

    Task ResizeAsync(string directory, long? size, CancellationToken cancel);

    /// <summary>What an interrupted change left in the directory of a volume.</summary>
    IEnumerable<string> HalfMade(string directory);

    /// <summary>See <see cref="Core.Storage.IStoragePool.GetUsageAsync"/>.</summary>
    Task<(long Used, long Total)?> GetUsageAsync(string directory, bool count, CancellationToken cancel);

    /// <summary>Copies a stopped root into the new directory of a volume.</summary>
    Task CopyAsync(string from, string to, uint idBase, uint newIdBase, CancellationToken cancel);
}
