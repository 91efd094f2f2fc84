using System.Runtime.InteropServices;
using Berth.Linux.Interop;

namespace Berth.Linux.Processes;

/// <summary>A process that <see cref="Spawner"/> started. It is reaped as soon as it ends, whether anybody waits or not.</summary>
public sealed class ChildProcess
{
    private readonly Lock _reaping = new();
    private bool _reaped;

    internal ChildProcess(PidFd pidFd)
    {
        PidFd = pidFd;
        Exited = ReapAsync();
    }

    /// <summary>Process id, also the id of its process group (and session, if it has its own).</summary>
    public int Pid => PidFd.Pid;

    /// <summary>The process's pidfd; closed once it is reaped.</summary>
    public PidFd PidFd { get; }

    /// <summary>Completes with the exit status.</summary>
    public Task<ExitStatus> Exited { get; }

    /// <summary>Sends a signal to the process.</summary>
    /// <returns>False when it has ended.</returns>
    public bool Kill(int signal = Signal.SIGKILL)
    {
        lock (_reaping)
        {
            return !_reaped && PidFd.Send(signal);
        }
    }

    /// <summary>Sends a signal to the process and the others of its process group.</summary>
    /// <returns>False when the process has ended: then its group is not touched, because the number may be another's.</returns>
    public bool KillGroup(int signal = Signal.SIGKILL)
    {
        lock (_reaping)
        {
            if (_reaped)
            {
                return false;
            }

            // ESRCH: it left its group for another one.
            var result = Libc.Kill(-Pid, signal);
            if (result < 0 && Marshal.GetLastPInvokeError() == Errno.ESRCH)
            {
                return PidFd.Send(signal);
            }

            Check.Result(result, "kill", $"-{Pid}");
            return true;
        }
    }

    private async Task<ExitStatus> ReapAsync()
    {
        while (true)
        {
            await PidFd.WaitAsync(CancellationToken.None);
            lock (_reaping)
            {
                if (PidFd.TryReap() is { } status)
                {
                    _reaped = true;
                    PidFd.Dispose();
                    return status;
                }
            }
        }
    }
}
