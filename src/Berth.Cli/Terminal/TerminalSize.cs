using Microsoft.Win32.SafeHandles;

namespace Berth.Cli.Terminal;

/// <summary>Size of a terminal, in character cells.</summary>
internal readonly record struct TerminalSize(int Columns, int Rows)
{
    private static readonly TerminalSize s_usual = new(80, 24);

    /// <summary>The size of the terminal on <paramref name="descriptor"/>; 80×24 where it is none or does not say.</summary>
    public static TerminalSize Of(int descriptor)
    {
        using var handle = new SafeFileHandle(descriptor, ownsHandle: false);
        return Native.Ioctl(handle, Native.TiocGetWindowSize, out var size) == 0 && size is { Columns: > 0, Rows: > 0 }
            ? new TerminalSize(size.Columns, size.Rows)
            : s_usual;
    }

    public static bool IsTerminal(int descriptor) => Native.IsATty(descriptor) == 1;
}
