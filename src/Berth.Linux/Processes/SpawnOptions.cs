using System.Runtime.InteropServices;

namespace Berth.Linux.Processes;

/// <summary>What a new process gets. Nothing else is inherited: other descriptors are closed, signals are at their defaults.</summary>
public sealed record SpawnOptions
{
    /// <summary>The command and its arguments. Without a slash the command is looked up in the daemon's PATH.</summary>
    public required IReadOnlyList<string> Argv { get; init; }

    /// <summary>The whole environment; null: the daemon's own.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Current directory; null: the daemon's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Child descriptor number → what it shall be. 0, 1 and 2 are /dev/null where nothing is given.</summary>
    public IReadOnlyDictionary<int, SafeHandle> Fds { get; init; } = new Dictionary<int, SafeHandle>();

    /// <summary>A session of its own (setsid); otherwise a process group of its own.</summary>
    public bool NewSession { get; init; }

    /// <summary>
    /// Makes the terminal on descriptor 0 (a PTY slave, in <see cref="Fds"/>) the controlling terminal. Implies <see cref="NewSession"/>.
    /// </summary>
    public bool ControllingTerminal { get; init; }
}
