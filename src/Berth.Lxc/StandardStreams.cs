using System.Text;
using Berth.Containers;
using Microsoft.Win32.SafeHandles;

namespace Berth.Lxc;

/// <summary>Plain reads and writes: System.Console alone would double this program and its time to start.</summary>
internal static class StandardStreams
{
    /// <summary>Writes a line.</summary>
    public static void Say(int fd, string line) => Write(fd, Encoding.UTF8.GetBytes(line + "\n"));

    public static void Write(int fd, ReadOnlySpan<byte> bytes)
    {
        using var stream = Open(fd, FileAccess.Write);
        stream.Write(bytes);
    }

    /// <summary>All that comes, until the other side closes.</summary>
    public static byte[] ReadAll(int fd)
    {
        using var stream = Open(fd, FileAccess.Read);
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }

    private static FileStream Open(int fd, FileAccess access) =>
        new(new SafeFileHandle(fd, ownsHandle: fd is LxcCalls.StatusFd or LxcCalls.RequestFd), access, bufferSize: 0);
}
