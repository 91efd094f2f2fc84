using System.Runtime.InteropServices;

namespace Berth.Linux.Interop;

internal static unsafe partial class Libc
{
    public const nuint TiocGWinSz = 0x5413;
    public const nuint TiocSWinSz = 0x5414;
    public const nuint TiocSPtLck = 0x40045431;
    public const nuint TiocGPtN = 0x80045430;
    public const nuint TiocGPtPeer = 0x5441;

    [LibraryImport(Name, EntryPoint = "tcgetattr", SetLastError = true)]
    public static partial int TcGetAttr(SafeHandle fd, byte* termios);

    [LibraryImport(Name, EntryPoint = "tcsetattr", SetLastError = true)]
    public static partial int TcSetAttr(SafeHandle fd, int actions, byte* termios);

    [LibraryImport(Name, EntryPoint = "cfmakeraw")]
    public static partial void CfMakeRaw(byte* termios);

    [LibraryImport(Name, EntryPoint = "isatty", SetLastError = true)]
    public static partial int IsATty(SafeHandle fd);
}
