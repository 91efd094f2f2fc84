using System.Collections.Concurrent;
using Berth.Core.State;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Snapshots;

/// <summary>
/// Takes the snapshots that are due and deletes those that have expired, of instances and volumes. It sleeps until the next one is, or
/// until something changes that could make another one the next. What was missed while no daemon ran is made up for once.
/// </summary>
public sealed partial class SnapshotScheduler(IReadOnlyList<ISnapshotSource> sources, IStateStore store, TimeProvider time, ILogger<SnapshotScheduler> log)
{
    private const string Document = "host";

    /// <summary>Many changes come at once: they are looked at together.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);

    /// <summary>The clock may be set meanwhile.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);

    /// <summary>When what failed is tried again.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _notBefore = new();

    /// <summary>What is being taken: one that hangs is not joined by another one each time.</summary>
    private readonly ConcurrentDictionary<string, bool> _taking = new();
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Listens to changes.</summary>
    public void Attach()
    {
        foreach (var source in sources)
        {
            source.Changed = Wake;
        }
    }

    /// <summary>Something may be due earlier, or not any more.</summary>
    public void Wake() => _changed.TrySetResult();

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var handled = store.Find(SnapshotDocuments.Schedule, "", Document)?.Value.HandledUntil ?? time.GetUtcNow();
        while (!cancel.IsCancellationRequested)
        {
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            var now = time.GetUtcNow();
            DateTimeOffset? next = now + Retry;
            try
            {
                next = Min(Expire(now), Take(handled, now));
                handled = now;
                store.Put(SnapshotDocuments.Schedule, "", Document, new(handled));
            }
            catch (Exception e)
            {
                LogFailed(e);
            }

            await SleepAsync(next, cancel);
        }
    }

    private async Task SleepAsync(DateTimeOffset? next, CancellationToken cancel)
    {
        var wait = next is { } moment ? moment - time.GetUtcNow() : LongestSleep;
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var timer = Task.Delay(wait < Settle ? Settle : wait > LongestSleep ? LongestSleep : wait, time, awake.Token);
        if (await Task.WhenAny(timer, _changed.Task) != timer)
        {
            await awake.CancelAsync();
            await Task.Delay(Settle, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Starts what was due after <paramref name="handled"/>; says when the next one is.</summary>
    private DateTimeOffset? Take(DateTimeOffset handled, DateTimeOffset now)
    {
        DateTimeOffset? next = null;
        foreach (var subject in sources.SelectMany(s => s.Scheduled()))
        {
            var since = handled > subject.Since ? handled : subject.Since;
            if (subject.Schedule.Next(since, time.LocalTimeZone) <= now && subject.Wanted && _taking.TryAdd(subject.Key, true))
            {
                _ = Task.Run(() => TakeOneAsync(subject), CancellationToken.None);
            }

            next = Min(next, subject.Schedule.Next(now, time.LocalTimeZone));
        }

        return next;
    }

    private async Task TakeOneAsync(ScheduledSubject subject)
    {
        try
        {
            await subject.Take();
        }
        catch (Exception e)
        {
            LogNotTaken(e, subject.Key);
        }
        finally
        {
            _taking.TryRemove(subject.Key, out _);
        }
    }

    /// <summary>Starts the deletion of what has expired; says when the next one does.</summary>
    private DateTimeOffset? Expire(DateTimeOffset now)
    {
        DateTimeOffset? next = null;
        foreach (var snapshot in sources.SelectMany(s => s.Expiring()))
        {
            var due = _notBefore.TryGetValue(snapshot.Key, out var later) && later > snapshot.ExpiresAt ? later : snapshot.ExpiresAt;
            if (due > now)
            {
                next = Min(next, due);
            }
            else
            {
                _notBefore[snapshot.Key] = now + Retry;
                next = Min(next, now + Retry);
                _ = Task.Run(() => DeleteOneAsync(snapshot), CancellationToken.None);
            }
        }

        return next;
    }

    private async Task DeleteOneAsync(ExpiringSnapshot snapshot)
    {
        try
        {
            await snapshot.Delete();
            _notBefore.TryRemove(snapshot.Key, out _);
        }
        catch (Exception e)
        {
            LogNotDeleted(e, snapshot.Key);
        }
    }

    private static DateTimeOffset? Min(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking for snapshots that are due failed; it is tried again in ten minutes")]
    private partial void LogFailed(Exception failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "The scheduled snapshot of {Subject} could not be taken")]
    private partial void LogNotTaken(Exception failure, string subject);

    [LoggerMessage(Level = LogLevel.Error, Message = "The expired snapshot {Snapshot} could not be deleted; it is tried again in ten minutes")]
    private partial void LogNotDeleted(Exception failure, string snapshot);
}
