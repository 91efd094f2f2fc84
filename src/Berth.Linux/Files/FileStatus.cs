using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Berth.Linux.Interop;

namespace Berth.Linux.Files;

/// <summary>statx(2).</summary>
/// <param name="Type">What it is.</param>
/// <param name="Mode">Permission bits, 07777.</param>
/// <param name="Uid">Owner; in a container's tree the id inside.</param>
/// <param name="Gid">Group; in a container's tree the id inside.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Allocated">Bytes on disk.</param>
/// <param name="Modified">When the content changed last.</param>
/// <param name="Links">Hard links.</param>
/// <param name="Inode">Inode number.</param>
/// <param name="Device">"major:minor" of the file system.</param>
/// <param name="DeviceNumber">"major:minor" of a device node.</param>
public sealed record FileStatus(
    FileType Type, int Mode, long Uid, long Gid, long Size, long Allocated, DateTimeOffset Modified, int Links, ulong Inode, string Device, string DeviceNumber)
{
    private const uint BasicStats = 0x7ff;

    /// <summary>Of an open file; O_PATH is enough.</summary>
    public static unsafe FileStatus Of(SafeHandle fd)
    {
        var buffer = stackalloc byte[256];
        fixed (byte* empty = "\0"u8)
        {
            Check.Result(Libc.StatX(fd, empty, Libc.AtEmptyPath, BasicStats, buffer), "statx");
        }

        return Parse(new ReadOnlySpan<byte>(buffer, 256));
    }

    /// <summary>Of a path; a symbolic link in the last place is not followed.</summary>
    public static FileStatus Of(string path)
    {
        using var fd = Fd.Open(path, OpenFlags.Path | OpenFlags.NoFollow);
        return Of(fd);
    }

    /// <summary>Of an entry in a directory, itself.</summary>
    /// <param name="directory">Open.</param>
    /// <param name="name">With its terminating NUL.</param>
    internal static unsafe FileStatus Of(SafeHandle directory, byte[] name)
    {
        var buffer = stackalloc byte[256];
        fixed (byte* pointer = name)
        {
            Check.Result(Libc.StatX(directory, pointer, Libc.AtSymlinkNoFollow, BasicStats, buffer), "statx");
        }

        return Parse(new ReadOnlySpan<byte>(buffer, 256));
    }

    private static FileStatus Parse(ReadOnlySpan<byte> statx)
    {
        var mode = BinaryPrimitives.ReadUInt16LittleEndian(statx[28..]);
        return new FileStatus(
            (FileType)(mode >> 12), mode & 0xFFF, U32(statx, 20), U32(statx, 24), I64(statx, 40), I64(statx, 48) * 512,
            DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(I64(statx, 112), -62135596800, 253402300799)).AddTicks(U32(statx, 120) / 100),
            (int)U32(statx, 16), (ulong)I64(statx, 32), $"{U32(statx, 136)}:{U32(statx, 140)}", $"{U32(statx, 128)}:{U32(statx, 132)}");
    }

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
