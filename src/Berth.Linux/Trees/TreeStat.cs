using System.Runtime.InteropServices;
using Berth.Linux.Interop;

namespace Berth.Linux.Trees;

/// <summary>What statx(2) says about one file.</summary>
internal readonly record struct TreeStat
{
    public const int TypeMask = 0xf000;
    public const int Socket = 0xc000;
    public const int SymbolicLink = 0xa000;
    public const int Regular = 0x8000;
    public const int Directory = 0x4000;

    public int Mode { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public uint Links { get; init; }

    public ulong Inode { get; init; }

    public long Size { get; init; }

    /// <summary>Units of 512 bytes.</summary>
    public long Blocks { get; init; }

    /// <summary>What a device node stands for, as mknod(2) takes it.</summary>
    public ulong Device { get; init; }

    /// <summary>The filesystem that it is on.</summary>
    public ulong FileSystem { get; init; }

    public (long Seconds, long Nanoseconds) Accessed { get; init; }

    public (long Seconds, long Nanoseconds) Modified { get; init; }

    public int Type => Mode & TypeMask;

    public static TreeStat Of(SafeHandle fd) => Of(fd, "\0"u8, Libc.AtEmptyPath);

    /// <summary>Of the name itself where it is a symbolic link.</summary>
    public static unsafe TreeStat Of(SafeHandle directory, ReadOnlySpan<byte> name, int flags = Libc.AtSymlinkNoFollow)
    {
        const uint basicStats = 0x7ff;
        var buffer = stackalloc byte[256];
        fixed (byte* path = name)
        {
            Check.Result(Libc.StatX(directory, path, flags, basicStats, buffer), "statx");
        }

        return new TreeStat
        {
            Links = *(uint*)(buffer + 16),
            Uid = *(uint*)(buffer + 20),
            Gid = *(uint*)(buffer + 24),
            Mode = *(ushort*)(buffer + 28),
            Inode = *(ulong*)(buffer + 32),
            Size = *(long*)(buffer + 40),
            Blocks = *(long*)(buffer + 48),
            Accessed = (*(long*)(buffer + 64), *(uint*)(buffer + 72)),
            Modified = (*(long*)(buffer + 112), *(uint*)(buffer + 120)),
            Device = MakeDevice(*(uint*)(buffer + 128), *(uint*)(buffer + 132)),
            FileSystem = MakeDevice(*(uint*)(buffer + 136), *(uint*)(buffer + 140)),
        };
    }

    /// <summary>makedev(3) as glibc and musl have it.</summary>
    private static ulong MakeDevice(ulong major, ulong minor) =>
        ((major & 0xfffff000) << 32) | ((major & 0xfff) << 8) | ((minor & 0xffffff00) << 12) | (minor & 0xff);
}
