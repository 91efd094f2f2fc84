namespace Berth.Linux.Processes;

/// <summary>Children of this process that a library forked.</summary>
public static class Child
{
    /// <summary>Waits, blocking, until the child has ended, and reaps it.</summary>
    /// <exception cref="LinuxException">ECHILD: it is not our child.</exception>
    public static ExitStatus Wait(int pid) => PidFd.Reap(pid);

    /// <summary>Waits, blocking, until any child has ended, and reaps it.</summary>
    /// <exception cref="LinuxException">ECHILD: there is none.</exception>
    public static ExitStatus WaitAny() => PidFd.ReapAny();
}
