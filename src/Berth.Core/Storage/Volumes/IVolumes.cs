using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Storage.Volumes;

/// <summary>The disk of a block or ISO volume.</summary>
/// <param name="Path">Owned by root, mode 0600: the engine hands it over open, or gives it to the machine's user.</param>
/// <param name="Format">As QEMU names it.</param>
public sealed record VolumeDisk(string Path, string Format, bool ReadOnly);

/// <summary>What disk devices need of custom volumes.</summary>
public interface IVolumes
{
    /// <summary>The volume that a device of an instance in <paramref name="project"/> means with <c>pool=… source=…</c>.</summary>
    /// <exception cref="BerthException">NotFound, with the nearest name.</exception>
    VolumeRecord Find(string project, string pool, string name);

    /// <summary>
    /// The files of a filesystem volume as a detached mount, whose ids are the instance's (nothing on the disk is changed, so that several
    /// instances may have it). <c>security.unmapped</c> leaves them as they are.
    /// </summary>
    /// <param name="idBase">Host id that is 0 in the instance; null: no shift.</param>
    Task<SafeFileHandle> MountAsync(VolumeRecord volume, uint? idBase, bool readOnly, CancellationToken cancel);

    /// <exception cref="BerthException">BadRequest: it holds files.</exception>
    VolumeDisk DiskOf(VolumeRecord volume);

    /// <summary>Refuses a second user of a block volume that is not <c>security.shared</c>.</summary>
    /// <param name="instance">The instance that wants it; it does not count itself.</param>
    /// <exception cref="BerthException">Conflict, naming the other one.</exception>
    void RequireExclusive(VolumeRecord volume, Instances.InstanceId instance);
}
