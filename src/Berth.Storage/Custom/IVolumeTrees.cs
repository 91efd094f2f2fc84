using Berth.Core.Storage.Volumes;
using Berth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Berth.Storage.Custom;

/// <summary>How one driver keeps the files of a filesystem volume. It is given the volume's data directory.</summary>
internal interface IVolumeTrees
{
    /// <summary>Makes an empty tree in the new directory.</summary>
    Task CreateAsync(string directory, long? size, VolumeRoot root, CancellationToken cancel);

    /// <summary>A detached mount of the tree, not shifted.</summary>
    SafeFileHandle Mount(string directory, MountAttributes attributes);

    /// <param name="inUse">It is mounted in a running instance.</param>
    Task ResizeAsync(string directory, long? size, bool inUse, CancellationToken cancel);

    Task<(long Used, long Total)> GetUsageAsync(string directory, CancellationToken cancel);

    /// <summary>Copies the tree into the new directory, with its size.</summary>
    /// <param name="inUse">Somebody may write in it meanwhile.</param>
    Task CopyAsync(string from, string to, bool inUse, CancellationToken cancel);

    /// <exception cref="Core.BerthException">Unsupported.</exception>
    void SetCompression(string directory, string? algorithm);
}
