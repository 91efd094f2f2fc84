using Berth.Core.Instances;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Snapshots;

/// <summary>The scheduled and expiring snapshots of instances.</summary>
public sealed partial class InstanceSnapshotSource(
    InstanceRegistry instances, SnapshotRegistry snapshots, SnapshotService service, ILogger<InstanceSnapshotSource> log) : ISnapshotSource
{
    public Action? Changed
    {
        set => instances.Changed = snapshots.Changed = value;
    }

    public IEnumerable<ScheduledSubject> Scheduled() =>
        from instance in instances.All
        where instance.Record.Phase == InstancePhase.Ready
        let schedule = ScheduleOf(instance)
        where schedule is not null
        select new ScheduledSubject(instance.Id.Key, schedule, instance.Record.CreatedAt, IsWanted(instance), () => TakeAsync(instance));

    public IEnumerable<ExpiringSnapshot> Expiring() =>
        from instance in instances.All
        from snapshot in SnapshotRegistry.List(instance)
        where snapshot.ExpiresAt > DateTimeOffset.UnixEpoch
        select new ExpiringSnapshot(snapshot.Key, snapshot.ExpiresAt, () => DeleteAsync(instance, snapshot));

    /// <summary>Takes those that are due at a start.</summary>
    public void Attach(InstanceLifecycle lifecycle) => lifecycle.Starting = AtStartAsync;

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

    private async Task TakeAsync(Instance instance)
    {
        using var hold = await instance.HoldAsync("snapshot", CancellationToken.None);
        await service.CreateHeldAsync(instance, service.NextName(instance), service.ScheduledExpiry(instance), CancellationToken.None);
    }

    private async Task DeleteAsync(Instance instance, SnapshotRecord snapshot)
    {
        using var hold = await instance.HoldAsync("snapshot-delete", CancellationToken.None);
        if (SnapshotRegistry.Find(instance, snapshot.Name) is { } present && present.ExpiresAt == snapshot.ExpiresAt && present.CreatedAt == snapshot.CreatedAt)
        {
            await service.DeleteHeldAsync(instance, present, CancellationToken.None);
        }
    }

    private SnapshotSchedule? ScheduleOf(Instance instance) =>
        SnapshotSchedule.Parse(service.Key(instance, SnapshotKeys.Schedule), instance.Id.Key);

    private bool IsWanted(Instance instance) =>
        instance.Running is not null || ConfigCatalogue.IsTrue(service.Key(instance, SnapshotKeys.ScheduleStopped));

    [LoggerMessage(Level = LogLevel.Error, Message = "The snapshot at the start of instance {Instance} could not be taken")]
    private partial void LogNotTaken(Exception failure, InstanceId instance);
}
