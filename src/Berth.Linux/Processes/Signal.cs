namespace Berth.Linux.Processes;

/// <summary>Signal numbers, signal(7).</summary>
public static class Signal
{
    public const int SIGHUP = 1;
    public const int SIGINT = 2;
    public const int SIGQUIT = 3;
    public const int SIGABRT = 6;
    public const int SIGKILL = 9;
    public const int SIGUSR1 = 10;
    public const int SIGUSR2 = 12;
    public const int SIGPIPE = 13;
    public const int SIGALRM = 14;
    public const int SIGTERM = 15;
    public const int SIGCHLD = 17;
    public const int SIGCONT = 18;
    public const int SIGSTOP = 19;
    public const int SIGWINCH = 28;
    public const int SIGPWR = 30;

    /// <summary>SIGRTMIN+n as programs outside libc count it: systemd's commands to PID 1 (SIGRTMIN+3 = halt, +4 = poweroff, …).</summary>
    public static int RealTime(int n) => n is >= 0 and <= 30
        ? 34 + n
        : throw new ArgumentOutOfRangeException(nameof(n), n, "SIGRTMIN+0 … SIGRTMIN+30");
}
