using System.Globalization;
using Berth.Linux.Interop;

namespace Berth.Linux.Files;

public static unsafe partial class Btrfs
{
    private const nuint FsInfo = 0x8400941F;
    private const nuint Resize = 0x50009403;
    private const nuint GetFileFlags = 0x80086601;
    private const nuint SetFileFlags = 0x40086602;
    private const nint NoCow = 0x00800000;

    /// <summary>How the filesystem at <paramref name="path"/> counts.</summary>
    public static BtrfsQuotaMode QuotaMode(string path)
    {
        var directory = SysFs(path) + "/qgroups";
        if (!Directory.Exists(directory))
        {
            return BtrfsQuotaMode.Disabled;
        }

        // Kernels before 6.7 have one mode and no file that tells it.
        return File.Exists(directory + "/mode") && Fd.ReadText(directory + "/mode") == "squota" ? BtrfsQuotaMode.Simple : BtrfsQuotaMode.Groups;
    }

    /// <summary>Switches simple quotas on (Linux 6.7); no change where quotas are on already, in whatever mode.</summary>
    /// <exception cref="LinuxException">EINVAL: the kernel does not know them.</exception>
    public static void EnableSimpleQuota(string path)
    {
        const ulong enableSimple = 4;
        using var fd = Fd.Open(path, OpenFlags.Directory);
        var args = stackalloc ulong[2] { enableSimple, 0 };
        Check.Result(Libc.Ioctl(fd, QuotaCtl, args), "ioctl(BTRFS_IOC_QUOTA_CTL)", path);
    }

    /// <summary>What a subvolume holds and may hold (0: no limit), in bytes; null when the filesystem does not count.</summary>
    public static (long Used, long Limit)? ReadLimit(string subvolume)
    {
        const ulong maxReferenced = 1;
        var group = $"{SysFs(subvolume)}/qgroups/0_{SubvolumeId(subvolume)}";
        if (!Directory.Exists(group))
        {
            return null;
        }

        var limited = (ulong.Parse(Fd.ReadText(group + "/limit_flags"), CultureInfo.InvariantCulture) & maxReferenced) != 0;
        return (Number(group + "/referenced"), limited ? Number(group + "/max_referenced") : 0);
    }

    /// <summary>New files in a directory are written in place, without copy-on-write and checksums (chattr +C).</summary>
    public static void DisableCopyOnWrite(string directory)
    {
        using var fd = Fd.Open(directory, OpenFlags.ReadOnly | OpenFlags.Directory);
        nint flags = 0;
        Check.Result(Libc.Ioctl(fd, GetFileFlags, &flags), "ioctl(FS_IOC_GETFLAGS)", directory);
        flags |= NoCow;
        Check.Result(Libc.Ioctl(fd, SetFileFlags, &flags), "ioctl(FS_IOC_SETFLAGS)", directory);
    }

    /// <summary>Grows a mounted filesystem to the size of its device (BTRFS_IOC_RESIZE); no change where it has that.</summary>
    public static void GrowToDevice(string path)
    {
        using var fd = Fd.Open(path, OpenFlags.ReadOnly | OpenFlags.Directory);
        var args = stackalloc byte[ArgsSize];
        Fill(args, 8, "max");
        Check.Result(Libc.Ioctl(fd, Resize, args), "ioctl(BTRFS_IOC_RESIZE)", path);
    }

    private static long Number(string path) => long.Parse(Fd.ReadText(path), CultureInfo.InvariantCulture);

    private static string SysFs(string path)
    {
        const int size = 1024;
        const int fsIdOffset = 16;
        using var fd = Fd.Open(path, OpenFlags.ReadOnly | OpenFlags.Directory);
        var info = stackalloc byte[size];
        new Span<byte>(info, size).Clear();
        Check.Result(Libc.Ioctl(fd, FsInfo, info), "ioctl(BTRFS_IOC_FS_INFO)", path);
        return "/sys/fs/btrfs/" + new Guid(new ReadOnlySpan<byte>(info + fsIdOffset, 16), bigEndian: true);
    }
}
