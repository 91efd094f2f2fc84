namespace Berth.Core.Instances;

/// <summary>Counts automatic restarts, so that an instance that cannot run does not start for ever: 10 within a minute, as Incus.</summary>
internal sealed class AutoRestarts(TimeProvider time)
{
    private const int Most = 10;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<Instance, Queue<DateTimeOffset>> _past = [];

    /// <summary>Notes a restart; false when there were too many.</summary>
    public bool TryNote(Instance instance)
    {
        lock (_lock)
        {
            if (!_past.TryGetValue(instance, out var times))
            {
                _past[instance] = times = new();
            }

            var now = time.GetUtcNow();
            while (times.TryPeek(out var first) && now - first > Window)
            {
                times.Dequeue();
            }

            if (times.Count == Most)
            {
                return false;
            }

            times.Enqueue(now);
            return true;
        }
    }

    /// <summary>Somebody started it: the count begins anew.</summary>
    public void Forget(Instance instance)
    {
        lock (_lock)
        {
            _past.Remove(instance);
        }
    }
}
