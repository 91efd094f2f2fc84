using Berth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Devices;

/// <summary>One device of an instance as an engine is to make it: nothing is left to choose. Immutable.</summary>
/// <param name="Device">Name of the device in the configuration.</param>
public abstract record DevicePart(string Device);

/// <summary>The disk that an instance boots from, as far as it is not <see cref="Instances.ContainerRoot"/> or <see cref="Instances.MachineBoot"/>.</summary>
/// <param name="Path">What it lies on, to find the disk below it.</param>
/// <param name="BootPriority">Of a machine's; the higher, the sooner it is booted from.</param>
public sealed record RootPart(string Device, string Path, IoLimits Limits, int BootPriority) : DevicePart(Device);

/// <summary>Something of the host that is mounted in a container: a directory, a file, or a device node.</summary>
/// <param name="Target">Absolute path in the container; made where it is missing.</param>
public sealed record MountPart(string Device, string Target) : DevicePart(Device)
{
    /// <summary>Gives the mount, detached and complete. Null: its source is not there, and the device is not required.</summary>
    public required Func<CancellationToken, Task<OpenedMount?>> OpenAsync { get; init; }

    /// <summary>It is a device node; its place goes with it.</summary>
    public bool IsNode { get; init; }

    /// <summary>How mounts below it travel between the host and the container.</summary>
    public MountPropagation Propagation { get; init; } = MountPropagation.Private;

    /// <summary>Ceilings of its traffic with <see cref="Path"/>'s disk.</summary>
    public IoLimits Limits { get; init; } = IoLimits.None;

    /// <summary>What it is on the host, to find the disk below it; empty where it has none.</summary>
    public string Path { get; init; } = "";
}

/// <summary>A detached mount, which vanishes when it is disposed without being attached.</summary>
public sealed record OpenedMount(SafeFileHandle Tree, bool IsDirectory) : IDisposable
{
    public void Dispose() => Tree.Dispose();
}

/// <summary>A disk or CD-ROM of a machine.</summary>
/// <param name="Format"><c>raw</c> or <c>qcow2</c>; never guessed from what is in the file, which the guest can write.</param>
public sealed record DrivePart(string Device, string Format) : DevicePart(Device)
{
    /// <summary>Opens what is behind it. Null: it is not there, and the device is not required.</summary>
    public required Func<CancellationToken, Task<OpenedDrive?>> OpenAsync { get; init; }

    public bool ReadOnly { get; init; }

    public bool CdRom { get; init; }

    /// <summary><c>virtio-scsi</c>, <c>virtio-blk</c> or <c>nvme</c>.</summary>
    public string Bus { get; init; } = DriveBus.Scsi;

    /// <summary><c>none</c>, <c>writeback</c> or <c>unsafe</c>.</summary>
    public string Cache { get; init; } = "none";

    /// <summary>The higher, the sooner it is booted from.</summary>
    public int BootPriority { get; init; }

    public IoLimits Limits { get; init; } = IoLimits.None;

    /// <summary>World wide name, as 0x and 16 hexadecimal digits; null: none.</summary>
    public string? Wwn { get; init; }
}

/// <summary>The buses that disks of machines can be on.</summary>
public static class DriveBus
{
    public const string Scsi = "virtio-scsi";
    public const string Block = "virtio-blk";
    public const string Nvme = "nvme";
}

/// <summary>An open file or block device, for QEMU.</summary>
/// <param name="Direct">It can be used past the host's page cache (O_DIRECT).</param>
public sealed record OpenedDrive(SafeFileHandle File, bool IsBlockDevice, bool Direct) : IDisposable
{
    public void Dispose() => File.Dispose();
}
