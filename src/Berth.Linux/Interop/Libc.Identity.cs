using System.Runtime.InteropServices;

namespace Berth.Linux.Interop;

internal static unsafe partial class Libc
{
    public static nint SysCapGet => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 90 : 125;

    public static nint SysCapSet => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 91 : 126;

    [LibraryImport(Name, EntryPoint = "setfsuid", SetLastError = true)]
    public static partial int SetFsUid(uint uid);

    [LibraryImport(Name, EntryPoint = "setfsgid", SetLastError = true)]
    public static partial int SetFsGid(uint gid);

    [LibraryImport(Name, EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(CString))]
    public static partial int ChMod(string path, uint mode);
}
