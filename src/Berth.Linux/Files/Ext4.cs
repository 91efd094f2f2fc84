using System.Runtime.InteropServices;
using Berth.Linux.Interop;

namespace Berth.Linux.Files;

/// <summary>What ext4 does on request.</summary>
public static unsafe class Ext4
{
    private const nuint ResizeFs = 0x40086610;
    private const int BlockSize = 4096;

    /// <summary>Grows a mounted filesystem to <paramref name="bytes"/> (EXT4_IOC_RESIZE_FS, what resize2fs(8) does).</summary>
    /// <param name="mount">Any directory on it.</param>
    /// <param name="bytes">At most the size of the device; rounded down to blocks of 4096 bytes.</param>
    /// <exception cref="LinuxException">EPERM: the caller lacks CAP_SYS_RESOURCE, or the filesystem has errors.</exception>
    public static void Grow(SafeHandle mount, long bytes)
    {
        using var root = Fd.OpenAt(mount, ".", OpenFlags.ReadOnly | OpenFlags.Directory);
        var blocks = bytes / BlockSize;
        Check.Result(Libc.Ioctl(root, ResizeFs, &blocks), "ioctl(EXT4_IOC_RESIZE_FS)");
    }
}
