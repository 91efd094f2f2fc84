using System.Runtime.InteropServices;

namespace Berth.Linux.Interop;

internal static unsafe partial class Libc
{
    [LibraryImport(Name, EntryPoint = "fsetxattr", SetLastError = true)]
    public static partial int FSetXAttr(SafeHandle fd, byte* name, byte* value, nuint size, int flags);

    [LibraryImport(Name, EntryPoint = "futimens", SetLastError = true)]
    public static partial int FUTimeNs(SafeHandle fd, long* times);

    [LibraryImport(Name, EntryPoint = "lremovexattr", SetLastError = true)]
    public static partial int LRemoveXAttr(byte* path, byte* name);
}
