using System.Runtime.InteropServices;
using Berth.Linux.Interop;

namespace Berth.Linux.Terminals;

/// <summary>What can be asked of and told to a terminal: a PTY's master or slave, or the one that the user sits at.</summary>
public static unsafe class Terminal
{
    private const int TcsaNow = 0;
    private const int TermiosSize = 256;

    /// <summary>Whether the descriptor is a terminal.</summary>
    public static bool IsTerminal(SafeHandle fd) => Libc.IsATty(fd) == 1;

    /// <summary>The window's size; 0 × 0 when nobody ever set it.</summary>
    public static WindowSize GetWindowSize(SafeHandle fd)
    {
        var size = stackalloc ushort[4];
        Check.Result(Libc.Ioctl(fd, Libc.TiocGWinSz, size), "ioctl(TIOCGWINSZ)");
        return new WindowSize(size[1], size[0]);
    }

    /// <summary>Sets the window's size; the foreground processes get SIGWINCH.</summary>
    public static void SetWindowSize(SafeHandle fd, WindowSize value)
    {
        var size = stackalloc ushort[4] { value.Rows, value.Columns, 0, 0 };
        Check.Result(Libc.Ioctl(fd, Libc.TiocSWinSz, size), "ioctl(TIOCSWINSZ)");
    }

    /// <summary>Raw mode (cfmakeraw(3)): bytes pass unchanged, no echo, no signals from keys.</summary>
    /// <returns>The mode before; disposing it brings that back.</returns>
    public static TerminalMode MakeRaw(SafeHandle fd)
    {
        var saved = new byte[TermiosSize];
        fixed (byte* termios = saved)
        {
            Check.Result(Libc.TcGetAttr(fd, termios), "tcgetattr");
        }

        var raw = (byte[])saved.Clone();
        fixed (byte* termios = raw)
        {
            Libc.CfMakeRaw(termios);
            Check.Result(Libc.TcSetAttr(fd, TcsaNow, termios), "tcsetattr");
        }

        return new TerminalMode(fd, saved);
    }

    internal static void Restore(SafeHandle fd, byte[] saved)
    {
        fixed (byte* termios = saved)
        {
            Check.Result(Libc.TcSetAttr(fd, TcsaNow, termios), "tcsetattr");
        }
    }
}
