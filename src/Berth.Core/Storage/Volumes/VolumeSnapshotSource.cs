using Berth.Core.Snapshots;

namespace Berth.Core.Storage.Volumes;

/// <summary>The scheduled and expiring snapshots of custom volumes.</summary>
public sealed class VolumeSnapshotSource(VolumeService volumes) : ISnapshotSource
{
    public Action? Changed
    {
        set => volumes.Changed = value;
    }

    public IEnumerable<ScheduledSubject> Scheduled() =>
        from volume in volumes.List()
        let schedule = SnapshotSchedule.Parse(volume.Config.GetValueOrDefault(SnapshotKeys.Schedule, ""), KeyOf(volume))
        where schedule is not null
        select new ScheduledSubject(KeyOf(volume), schedule, volume.CreatedAt, Wanted: true, () => volumes.TakeScheduledAsync(volume));

    public IEnumerable<ExpiringSnapshot> Expiring() =>
        from volume in volumes.List()
        from snapshot in volume.Snapshots
        where snapshot.Phase == VolumePhase.Ready && snapshot.ExpiresAt is not null
        select new ExpiringSnapshot($"{KeyOf(volume)}/{snapshot.Name}", snapshot.ExpiresAt ?? default, () => volumes.DeleteExpiredAsync(volume, snapshot));

    /// <summary>No instance has a slash in its key.</summary>
    private static string KeyOf(VolumeRecord volume) => $"volumes/{volume.Pool}/{volume.Key}";
}
