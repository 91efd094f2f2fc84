using Berth.Linux.Interop;

namespace Berth.Linux.Processes;

/// <summary>The signal dispositions of this process.</summary>
public static class Signals
{
    /// <summary>
    /// The runtime ignores SIGPIPE, and what is ignored stays ignored over exec: call this before a library forks programs
    /// that the runtime knows nothing of.
    /// </summary>
    public static void RestoreDefaults() => Libc.Signal(Signal.SIGPIPE, 0);
}
