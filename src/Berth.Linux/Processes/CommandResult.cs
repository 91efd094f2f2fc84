using System.Text;

namespace Berth.Linux.Processes;

/// <summary>What a command left behind.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="StdoutBytes">Its output; empty when that went to a stream.</param>
/// <param name="StderrBytes">Its messages, the first <see cref="CommandOptions.MaxOutput"/> bytes.</param>
public sealed record CommandResult(ExitStatus Status, ReadOnlyMemory<byte> StdoutBytes, ReadOnlyMemory<byte> StderrBytes)
{
    /// <summary>0 … 255, 128 + signal when killed.</summary>
    public int ExitCode => Status.Code;

    /// <summary>Output as text.</summary>
    public string Stdout => Encoding.UTF8.GetString(StdoutBytes.Span);

    /// <summary>Messages as text.</summary>
    public string Stderr => Encoding.UTF8.GetString(StderrBytes.Span);
}
