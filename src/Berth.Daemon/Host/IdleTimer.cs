namespace Berth.Daemon.Host;

/// <summary>Calls something when nothing was done for a while. No timer runs while nobody does anything.</summary>
internal sealed class IdleTimer(TimeProvider time, Action idle) : IDisposable
{
    /// <summary>How long nothing is done before it is called.</summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    /// <summary>The least time between two calls: clients that ask again and again are not to pay for it each time.</summary>
    internal static readonly TimeSpan Least = TimeSpan.FromMinutes(1);

    private readonly Lock _arming = new();
    private ITimer? _timer;
    private long _lastUse;
    private long? _lastTime;
    private bool _armed;

    /// <summary>Something was done.</summary>
    public void Note()
    {
        Volatile.Write(ref _lastUse, time.GetTimestamp());
        if (!Volatile.Read(ref _armed))
        {
            lock (_arming)
            {
                if (!_armed)
                {
                    Arm(Quiet);
                }
            }
        }
    }

    public void Dispose()
    {
        lock (_arming)
        {
            _armed = true;
            _timer?.Dispose();
        }
    }

    private void Arm(TimeSpan due)
    {
        _armed = true;
        _timer ??= time.CreateTimer(static self => ((IdleTimer)self!).Due(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void Due()
    {
        lock (_arming)
        {
            var quiet = Quiet - time.GetElapsedTime(Volatile.Read(ref _lastUse));
            var least = _lastTime is { } last ? Least - time.GetElapsedTime(last) : TimeSpan.Zero;
            if ((quiet > least ? quiet : least) is var wait && wait > TimeSpan.Zero)
            {
                Arm(wait);
                return;
            }

            _armed = false;
            _lastTime = time.GetTimestamp();
        }

        idle();
    }
}
