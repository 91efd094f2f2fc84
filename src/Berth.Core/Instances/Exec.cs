using System.Collections.Immutable;

namespace Berth.Core.Instances;

/// <summary>A command to run inside an instance.</summary>
public sealed record ExecSpec
{
    /// <summary>Program and arguments; the program is searched in PATH.</summary>
    public required ImmutableArray<string> Command { get; init; }

    /// <summary>Added to the instance's own environment.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    /// <summary>Working directory; null is the user's home, or /.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Terminal size in columns and rows; null runs without a terminal (stdout and stderr apart).</summary>
    public (int Columns, int Rows)? Terminal { get; init; }
}

/// <summary>A command that runs inside an instance. Disposing kills it if it still runs.</summary>
public interface IExecProcess : IAsyncDisposable
{
    /// <summary>Writes go to its stdin (terminal: what the user types). Dispose it to send end of file.</summary>
    Stream Input { get; }

    /// <summary>Its stdout (terminal: everything). Ends when every writer has closed it.</summary>
    Stream Output { get; }

    /// <summary>Its stderr; null with a terminal.</summary>
    Stream? Error { get; }

    /// <summary>Exit code; 128 + signal when killed by one.</summary>
    Task<int> ExitCode { get; }

    Task ResizeAsync(int columns, int rows, CancellationToken cancel);

    Task SignalAsync(int signal, CancellationToken cancel);
}

/// <summary>An attached console.</summary>
public interface IConsole : IAsyncDisposable
{
    Stream Input { get; }

    Stream Output { get; }

    /// <summary>Does nothing where the console has no size (a serial port).</summary>
    Task ResizeAsync(int columns, int rows, CancellationToken cancel);
}
