using System.Runtime.InteropServices;

namespace Berth.Linux.Interop;

/// <summary>Extended attributes of files whose names are bytes.</summary>
internal static unsafe partial class Libc
{
    [LibraryImport(Name, EntryPoint = "llistxattr", SetLastError = true)]
    public static partial nint LListXAttr(byte* path, byte* list, nuint size);

    [LibraryImport(Name, EntryPoint = "lgetxattr", SetLastError = true)]
    public static partial nint LGetXAttr(byte* path, byte* name, byte* value, nuint size);

    [LibraryImport(Name, EntryPoint = "lsetxattr", SetLastError = true)]
    public static partial int LSetXAttr(byte* path, byte* name, byte* value, nuint size, int flags);

    [LibraryImport(Name, EntryPoint = "fchmodat", SetLastError = true)]
    public static partial int FChModAt(SafeHandle dir, byte* path, uint mode, int flags);
}
