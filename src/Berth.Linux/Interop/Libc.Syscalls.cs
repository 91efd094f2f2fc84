using System.Runtime.InteropServices;

namespace Berth.Linux.Interop;

/// <summary>System calls that the libc of an older guest or host has no wrapper for. Numbers above 423 are the same on every architecture.</summary>
internal static unsafe partial class Libc
{
    public const nint SysPidFdSendSignal = 424;
    public const nint SysOpenTree = 428;
    public const nint SysMoveMount = 429;
    public const nint SysFsOpen = 430;
    public const nint SysFsConfig = 431;
    public const nint SysFsMount = 432;
    public const nint SysPidFdOpen = 434;
    public const nint SysCloseRange = 436;
    public const nint SysOpenAt2 = 437;
    public const nint SysPidFdGetFd = 438;
    public const nint SysMountSetAttr = 442;

    public static nint SysRenameAt2 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 276 : 316;

    public static nint SysGetDents64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 61 : 217;

    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Syscall(nint number, nint a, nint b, nint c, nint d, nint e);

    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Syscall(nint number, SafeHandle a, nint b, nint c, nint d, nint e);

    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Syscall(nint number, SafeHandle a, byte* b, void* c, nint d, nint e);

    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Syscall(nint number, nint a, byte* b, void* c, nint d, nint e);

    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Syscall(nint number, SafeHandle a, byte* b, SafeHandle c, byte* d, nint e);

    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Syscall(nint number, SafeHandle a, nint command, byte* key, byte* value, nint auxiliary);
}
