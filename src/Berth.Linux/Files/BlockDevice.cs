using Berth.Linux.Mounts;

namespace Berth.Linux.Files;

/// <summary>Which disk is below a path: what I/O limits are set on.</summary>
public static class BlockDevice
{
    private const string ByNumber = "/sys/dev/block";

    /// <summary>The whole disk, as "major:minor"; null where there is none (network, memory, several disks).</summary>
    /// <param name="path">A block device, or a file or directory on one's file system.</param>
    public static string? Below(string path)
    {
        using var fd = Fd.Open(path, OpenFlags.Path);
        var status = FileStatus.Of(fd);
        var number = status.Type == FileType.BlockDevice ? status.DeviceNumber : status.Device;
        if (number.StartsWith("0:", StringComparison.Ordinal))
        {
            // Such as btrfs, whose subvolumes have numbers of their own: the mount says what it lies on.
            var source = MountTable.Read().Containing(Path.GetFullPath(Real(path))).Source;
            if (!source.StartsWith('/') || !File.Exists(source) || FileStatus.Of(Real(source)) is not { Type: FileType.BlockDevice } device)
            {
                return null;
            }

            number = device.DeviceNumber;
        }

        return WholeDisk(number);
    }

    /// <summary>The kernel limits disks and not partitions.</summary>
    private static string? WholeDisk(string number)
    {
        var directory = Path.Combine(ByNumber, number);
        return !Directory.Exists(directory) ? null
            : !File.Exists(Path.Combine(directory, "partition")) ? number
            : Fd.ReadText(Path.Combine(Real(directory), "..", "dev"));
    }

    private static string Real(string path)
    {
        using var fd = Fd.Open(path, OpenFlags.Path);
        return File.ResolveLinkTarget(Fd.ProcPath(fd), returnFinalTarget: false)?.FullName ?? path;
    }
}
