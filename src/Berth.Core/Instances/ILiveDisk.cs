using Berth.Core.Storage;

namespace Berth.Core.Instances;

/// <summary>A running instance whose root is a chain of disk files that can change under it.</summary>
public interface ILiveDisk
{
    /// <summary>
    /// Goes on writing in another file, which is empty and lies on the present one; from then on the present one does not change. Nothing
    /// happens when that is done already.
    /// </summary>
    /// <param name="path">Path of the new file (qcow2).</param>
    Task SwitchDiskAsync(string path, CancellationToken cancel);

    /// <summary>Merges two disks of the chain while the guest uses them. Cancelled, it can be begun again.</summary>
    /// <param name="progress">Gets the percentage that is done.</param>
    Task MergeDiskAsync(DiskMerge merge, IProgress<int>? progress, CancellationToken cancel);
}
