using System.Runtime.InteropServices;
using System.Text;
using Berth.Linux.Interop;

namespace Berth.Linux;

public static unsafe partial class Fd
{
    /// <summary>One read(2).</summary>
    /// <returns>Bytes read; 0 at the end; null when a non-blocking descriptor has nothing now (EAGAIN).</returns>
    public static int? TryRead(SafeHandle fd, Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            nint n;
            do
            {
                n = Libc.Read(fd, pointer, (nuint)buffer.Length);
            }
            while (Check.Interrupted(n));
            return Done(n, "read");
        }
    }

    /// <summary>One write(2).</summary>
    /// <returns>Bytes taken, possibly fewer than given; null when a non-blocking descriptor takes nothing now (EAGAIN).</returns>
    public static int? TryWrite(SafeHandle fd, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            nint n;
            do
            {
                n = Libc.Write(fd, pointer, (nuint)buffer.Length);
            }
            while (Check.Interrupted(n));
            return Done(n, "write");
        }
    }

    /// <summary>Writes everything to a blocking descriptor.</summary>
    public static void WriteAll(SafeHandle fd, ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            buffer = buffer[(TryWrite(fd, buffer) ?? throw new LinuxException(Errno.EAGAIN, "write"))..];
        }
    }

    /// <summary>Reads a small kernel file (/proc, /sys, cgroup) whole, as text without the trailing newline.</summary>
    /// <exception cref="LinuxException">ENOENT and whatever else open(2) and read(2) say.</exception>
    public static string ReadText(string path) => ReadText(CurrentDirectory, path);

    /// <summary>Reads a small kernel file relative to a directory, see <see cref="ReadText(string)"/>.</summary>
    public static string ReadText(SafeHandle directory, string path)
    {
        using var fd = OpenAt(directory, path, OpenFlags.ReadOnly);
        Span<byte> buffer = stackalloc byte[4096];
        StringBuilder? longText = null;
        var filled = 0;
        while ((TryRead(fd, buffer[filled..]) ?? 0) is var n && n > 0)
        {
            filled += n;
            if (filled == buffer.Length)
            {
                (longText ??= new StringBuilder()).Append(Encoding.Latin1.GetString(buffer));
                filled = 0;
            }
        }

        if (longText is null)
        {
            return Encoding.UTF8.GetString(buffer[..filled].TrimEnd((byte)'\n'));
        }

        // Collected byte by byte as Latin-1, so that a character cut by the buffer's end survives.
        var all = Encoding.Latin1.GetBytes(longText.Append(Encoding.Latin1.GetString(buffer[..filled])).ToString());
        return Encoding.UTF8.GetString(all.AsSpan().TrimEnd((byte)'\n'));
    }

    /// <summary>Writes a value to an existing kernel file in one write(2), as cgroup and sysfs files want it.</summary>
    /// <exception cref="LinuxException">With the path, for example EINVAL: the kernel refuses the value; ENOENT: no such control.</exception>
    public static void WriteText(string path, string value) => WriteText(CurrentDirectory, path, value);

    /// <summary>Writes a value to a kernel file relative to a directory, see <see cref="WriteText(string, string)"/>.</summary>
    public static void WriteText(SafeHandle directory, string path, string value)
    {
        using var fd = OpenAt(directory, path, OpenFlags.WriteOnly);
        try
        {
            WriteAll(fd, Encoding.UTF8.GetBytes(value));
        }
        catch (LinuxException e)
        {
            throw new LinuxException(e.Errno, "write", $"{path} = {value}");
        }
    }

    /// <summary>Blocks the calling thread until the descriptor is ready. Only for synchronous code without an alternative.</summary>
    internal static void WaitBlocking(SafeHandle fd, short events) => Poll(fd, events, -1);

    /// <summary>poll(2) on one descriptor.</summary>
    /// <returns>Whether it is ready.</returns>
    internal static bool Poll(SafeHandle fd, short events, int timeoutMilliseconds)
    {
        var referenced = false;
        fd.DangerousAddRef(ref referenced);
        try
        {
            var poll = new PollFd { Fd = (int)fd.DangerousGetHandle(), Events = events };
            int n;
            do
            {
                n = Libc.Poll(&poll, 1, timeoutMilliseconds);
            }
            while (Check.Interrupted(n));
            return Check.Result(n, "poll") > 0;
        }
        finally
        {
            fd.DangerousRelease();
        }
    }

    private static int? Done(nint n, string call)
    {
        if (n >= 0)
        {
            return (int)n;
        }

        return Marshal.GetLastPInvokeError() == Errno.EAGAIN ? null : throw LinuxException.Last(call);
    }
}
