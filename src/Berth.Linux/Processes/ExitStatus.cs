namespace Berth.Linux.Processes;

/// <summary>How a process ended, waitid(2).</summary>
/// <param name="Code">The exit code 0 … 255; 128 + signal when a signal killed it, as shells say it.</param>
/// <param name="KilledBy">The signal that killed it, 0 when it exited by itself.</param>
public readonly record struct ExitStatus(int Code, int KilledBy)
{
    /// <summary>Exit code 0.</summary>
    public bool Success => Code == 0;

    public override string ToString() => KilledBy == 0 ? $"exit code {Code}" : $"killed by signal {KilledBy}";

    internal static ExitStatus Exited(int code) => new(code, 0);

    internal static ExitStatus Killed(int signal) => new(128 + signal, signal);
}
