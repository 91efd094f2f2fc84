using System.Runtime;
using Berth.Linux.Processes;

namespace Berth.Daemon.Host;

/// <summary>
/// Gives memory back when the daemon has been left alone for a while: what the last requests left on the heap, which nothing else would collect
/// before the next ones, and the pages of its program that only starting needed. Nothing runs while nobody asks for anything.
/// </summary>
internal sealed partial class IdleMemory(TimeProvider time, ILogger<IdleMemory> log) : IDisposable
{
    /// <summary>How long nobody asks before it is given back.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    /// <summary>The least time between two times: clients that ask again and again are not to pay for it each time.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromMinutes(1);

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
        _timer ??= time.CreateTimer(static self => ((IdleMemory)self!).Due(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
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

        GiveBack();
    }

    private void GiveBack()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var dropped = OwnMemory.DropUnused();
        var heap = GC.GetTotalMemory(forceFullCollection: false);
        LogGivenBack(heap, dropped);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Idle: {Heap} bytes of the heap are in use; up to {Dropped} bytes of programs were let go")]
    private partial void LogGivenBack(long heap, long dropped);
}
