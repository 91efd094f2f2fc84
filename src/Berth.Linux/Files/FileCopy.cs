using System.Runtime.InteropServices;
using Berth.Linux.Interop;

namespace Berth.Linux.Files;

/// <summary>Copies large files: disk images of which most is a hole.</summary>
public static unsafe class FileCopy
{
    private const nuint FiClone = 0x40049409;
    private const int SeekSet = 0;
    private const int SeekEnd = 2;
    private const int SeekData = 3;
    private const int SeekHole = 4;
    private const int Chunk = 16 << 20;

    /// <summary>Makes <paramref name="to"/> the same as <paramref name="from"/>, by reflink where the file system can.</summary>
    /// <param name="from">Open for reading; its position is changed.</param>
    /// <param name="to">Open for writing, empty; a regular file.</param>
    /// <param name="progress">Gets the position reached, in bytes of the file's length.</param>
    /// <param name="cancellationToken">Asked between parts of 16 MiB; the copy is left half made.</param>
    /// <remarks>Blocks on the disk: run it off the API's path.</remarks>
    /// <exception cref="LinuxException">ENOSPC, EIO, …</exception>
    public static CopyMethod Copy(SafeHandle from, SafeHandle to, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        if (TryReflink(from, to))
        {
            return CopyMethod.Reflink;
        }

        var length = Check.Result(Libc.LSeek(from, 0, SeekEnd), "lseek");
        Check.Result(Libc.FTruncate(to, length), "ftruncate");
        for (var position = 0L; NextData(from, position) is { } start;)
        {
            var end = Check.Result(Libc.LSeek(from, (nint)start, SeekHole), "lseek(SEEK_HOLE)");
            for (position = start; position < end;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                position += CopyPart(from, to, position, Math.Min(Chunk, end - position));
                progress?.Report(position);
            }
        }

        progress?.Report(length);
        return CopyMethod.Sparse;
    }

    /// <summary>Shares all blocks of a file with another one (FICLONE).</summary>
    /// <returns>False: this file system cannot, or they are on different ones.</returns>
    public static bool TryReflink(SafeHandle from, SafeHandle to)
    {
        var referenced = false;
        from.DangerousAddRef(ref referenced);
        try
        {
            if (Libc.Ioctl(to, FiClone, from.DangerousGetHandle()) >= 0)
            {
                return true;
            }

            return Marshal.GetLastPInvokeError() is Errno.EOPNOTSUPP or Errno.EXDEV or Errno.EINVAL or Errno.ENOTTY or Errno.ENOSYS
                ? false
                : throw LinuxException.Last("ioctl(FICLONE)");
        }
        finally
        {
            from.DangerousRelease();
        }
    }

    private static long? NextData(SafeHandle from, long position)
    {
        var start = Libc.LSeek(from, (nint)position, SeekData);
        return start < 0 && Marshal.GetLastPInvokeError() == Errno.ENXIO ? null : Check.Result(start, "lseek(SEEK_DATA)");
    }

    private static long CopyPart(SafeHandle from, SafeHandle to, long position, long length)
    {
        long fromOffset = position, toOffset = position;
        nint n;
        do
        {
            n = Libc.CopyFileRange(from, &fromOffset, to, &toOffset, (nuint)length, 0);
        }
        while (Check.Interrupted(n));
        if (n > 0)
        {
            return n;
        }

        // 0: the file shrank, or an old kernel's special file; errors: not between these two file systems.
        return n == 0 || Marshal.GetLastPInvokeError() is Errno.EXDEV or Errno.EINVAL or Errno.ENOSYS or Errno.EOPNOTSUPP
            ? CopyByHand(from, to, position, length)
            : throw LinuxException.Last("copy_file_range");
    }

    private static long CopyByHand(SafeHandle from, SafeHandle to, long position, long length)
    {
        var buffer = new byte[Math.Min(length, 1 << 20)];
        Check.Result(Libc.LSeek(from, (nint)position, SeekSet), "lseek");
        Check.Result(Libc.LSeek(to, (nint)position, SeekSet), "lseek");
        var n = Fd.TryRead(from, buffer) ?? throw new LinuxException(Errno.EAGAIN, "read");
        if (n == 0)
        {
            throw new LinuxException(Errno.EIO, "read: the file became shorter while it was copied");
        }

        Fd.WriteAll(to, buffer.AsSpan(0, n));
        return n;
    }
}
