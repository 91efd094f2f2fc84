using Berth.Linux.Interop;

namespace Berth.Linux;

/// <summary>The system's clock.</summary>
public static unsafe class Clock
{
    private const int RealTime = 0;

    /// <summary>Sets CLOCK_REALTIME, clock_settime(2).</summary>
    /// <exception cref="LinuxException">EPERM: needs CAP_SYS_TIME.</exception>
    public static void SetRealTime(DateTimeOffset time)
    {
        var ticks = (time - DateTimeOffset.UnixEpoch).Ticks;
        var spec = stackalloc long[2] { ticks / TimeSpan.TicksPerSecond, ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick };
        Check.Result(Libc.ClockSetTime(RealTime, spec), "clock_settime");
    }
}
