using System.Collections.Concurrent;
using Berth.Core.Instances;
using Berth.Core.State;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Snapshots;

/// <summary>
/// Takes the snapshots that are due and deletes those that have expired. It sleeps until the next one is, or until something changes that
/// could make another one the next. What was missed while no daemon ran is made up for once.
/// </summary>
public sealed partial class SnapshotScheduler(
    InstanceRegistry instances, SnapshotRegistry snapshots, SnapshotService service, InstanceLifecycle lifecycle, IStateStore store, TimeProvider time, ILogger<SnapshotScheduler> log)
{
    private const string Document = "host";

    /// <summary>Many changes come at once: they are looked at together.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);

    /// <summary>The clock may be set meanwhile.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);

    /// <summary>When what failed is tried again.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _notBefore = new();
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Listens to changes, and takes the snapshots that are due at a start.</summary>
    public void Attach()
    {
        instances.Changed = Wake;
        snapshots.Changed = Wake;
        lifecycle.Starting = AtStartAsync;
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
        foreach (var instance in instances.All.Where(i => i.Record.Phase == InstancePhase.Ready))
        {
            if (ScheduleOf(instance) is not { } schedule)
            {
                continue;
            }

            var since = handled > instance.Record.CreatedAt ? handled : instance.Record.CreatedAt;
            if (schedule.Next(since, time.LocalTimeZone) <= now && IsWanted(instance))
            {
                _ = Task.Run(() => TakeOneAsync(instance), CancellationToken.None);
            }

            next = Min(next, schedule.Next(now, time.LocalTimeZone));
        }

        return next;
    }

    private async Task TakeOneAsync(Instance instance)
    {
        try
        {
            using var hold = await instance.HoldAsync("snapshot", CancellationToken.None);
            await service.CreateHeldAsync(instance, service.NextName(instance), service.ScheduledExpiry(instance), CancellationToken.None);
        }
        catch (Exception e)
        {
            LogNotTaken(e, instance.Id);
        }
    }

    /// <summary>Starts the deletion of what has expired; says when the next one does.</summary>
    private DateTimeOffset? Expire(DateTimeOffset now)
    {
        DateTimeOffset? next = null;
        foreach (var instance in instances.All)
        {
            foreach (var snapshot in SnapshotRegistry.List(instance).Where(s => s.ExpiresAt > DateTimeOffset.UnixEpoch))
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
                    _ = Task.Run(() => DeleteOneAsync(instance, snapshot), CancellationToken.None);
                }
            }
        }

        return next;
    }

    private async Task DeleteOneAsync(Instance instance, SnapshotRecord snapshot)
    {
        try
        {
            using var hold = await instance.HoldAsync("snapshot-delete", CancellationToken.None);

            // Somebody may have deleted it, or let it live on, since.
            if (SnapshotRegistry.Find(instance, snapshot.Name) is { } present && present.ExpiresAt == snapshot.ExpiresAt && present.CreatedAt == snapshot.CreatedAt)
            {
                await service.DeleteHeldAsync(instance, present, CancellationToken.None);
            }

            _notBefore.TryRemove(snapshot.Key, out _);
        }
        catch (Exception e)
        {
            LogNotDeleted(e, instance.Id, snapshot.Name);
        }
    }

    /// <summary>A start is worth more than the snapshot before it.</summary>
    private async Task AtStartAsync(Instance instance, CancellationToken cancel)
    {
        if (ScheduleOf(instance) is not { AtStartup: true })
        {
            return;
        }

        try
        {
            await service.CreateHeldAsync(instance, service.NextName(instance), service.ScheduledExpiry(instance), cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            LogNotTaken(e, instance.Id);
        }
    }

    private SnapshotSchedule? ScheduleOf(Instance instance) =>
        SnapshotSchedule.Parse(service.Key(instance, SnapshotKeys.Schedule), instance.Id.Key);

    private bool IsWanted(Instance instance) =>
        instance.Running is not null || ConfigCatalogue.IsTrue(service.Key(instance, SnapshotKeys.ScheduleStopped));

    private static DateTimeOffset? Min(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking for snapshots that are due failed; it is tried again in ten minutes")]
    private partial void LogFailed(Exception failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "The scheduled snapshot of instance {Instance} could not be taken")]
    private partial void LogNotTaken(Exception failure, InstanceId instance);

    [LoggerMessage(Level = LogLevel.Error, Message = "The expired snapshot {Snapshot} of instance {Instance} could not be deleted; it is tried again in ten minutes")]
    private partial void LogNotDeleted(Exception failure, InstanceId instance, string snapshot);
}
