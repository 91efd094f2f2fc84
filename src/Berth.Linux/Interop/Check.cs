using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Interop;

/// <summary>Turns the -1 of a system call into a <see cref="LinuxException"/>.</summary>
internal static class Check
{
    public static int Result(int result, string call, string? path = null) =>
        result >= 0 ? result : throw LinuxException.Last(call, path);

    public static long Result(nint result, string call, string? path = null) =>
        result >= 0 ? result : throw LinuxException.Last(call, path);

    public static SafeFileHandle Handle(nint fd, string call, string? path = null) =>
        fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw LinuxException.Last(call, path);

    /// <summary>Whether the call that just returned <paramref name="result"/> was only interrupted and has to be made again.</summary>
    public static bool Interrupted(nint result) => result < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR;
}
