using System.Text;
using Berth.Cli.Terminal;

namespace Berth.Cli.Output;

/// <summary>
/// Standard input, output and error as plain files. <see cref="Console"/> would set up the terminal (terminfo, SIGCHLD, line reading),
/// which costs milliseconds and gets in the way of raw mode.
/// </summary>
internal static class StandardStreams
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static TextWriter Out { get; } = new StreamWriter(Open(1), s_utf8, 8192) { AutoFlush = false };

    public static TextWriter Error { get; } = new StreamWriter(Open(2), s_utf8, 1024) { AutoFlush = true };

    /// <summary>A fresh unbuffered stream on descriptor 0, 1 or 2; closing it leaves the descriptor open.</summary>
    public static Stream Open(int descriptor) => new DescriptorStream(descriptor, writes: descriptor != 0);
}
