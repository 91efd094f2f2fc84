using System.Runtime.InteropServices;

namespace Berth.Linux;

/// <summary>
/// A system call failed. An <see cref="IOException"/>, so that code which reads a <see cref="Stream"/> need not know what is below it.
/// </summary>
/// <param name="errno">The error number, see <see cref="Linux.Errno"/>.</param>
/// <param name="call">The system call or libc function, as its manual page names it.</param>
/// <param name="path">What it was called on: a path, a link name, a command; null where nothing names it.</param>
public sealed class LinuxException(int errno, string call, string? path = null) : IOException(Text(errno, call, path))
{
    /// <summary>The error number, see <see cref="Linux.Errno"/>.</summary>
    public int Errno { get; } = errno;

    /// <summary>The system call or libc function.</summary>
    public string Call { get; } = call;

    /// <summary>What it was called on, null where nothing names it.</summary>
    public string? Path { get; } = path;

    /// <summary>The exception for the errno that the last P/Invoke on this thread left.</summary>
    internal static LinuxException Last(string call, string? path = null) => new(Marshal.GetLastPInvokeError(), call, path);

    private static string Text(int errno, string call, string? path) =>
        path is null
            ? $"{call}: {Linux.Errno.Describe(errno)} ({Linux.Errno.Name(errno)})"
            : $"{call} {path}: {Linux.Errno.Describe(errno)} ({Linux.Errno.Name(errno)})";
}
