using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Berth.Cli.Terminal;

/// <summary>The native calls of the command line: termios(3), the window size of ioctl_tty(2), and read and write on 0, 1 and 2.</summary>
internal static partial class Native
{
    internal const uint TiocGetWindowSize = 0x5413;
    internal const int TcsaNow = 0;

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    internal static partial int GetAttributes(SafeHandle terminal, out Termios attributes);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    internal static partial int SetAttributes(SafeHandle terminal, int when, in Termios attributes);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    internal static partial void MakeRaw(ref Termios attributes);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Ioctl(SafeHandle terminal, nuint request, out WindowSize size);

    [LibraryImport("libc", EntryPoint = "isatty")]
    internal static partial int IsATty(int descriptor);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(int descriptor, Span<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int descriptor, ReadOnlySpan<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(ref PollDescriptor descriptor, nuint count, int timeoutMilliseconds);

    /// <summary><c>struct termios</c>, opaque here; 60 bytes with glibc and musl on x86-64 and arm64.</summary>
    [InlineArray(64)]
    internal struct Termios
    {
        private byte _first;
    }

    /// <summary><c>struct pollfd</c>.</summary>
    internal struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary><c>struct winsize</c>.</summary>
    internal struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort PixelsX;
        public ushort PixelsY;
    }
}
