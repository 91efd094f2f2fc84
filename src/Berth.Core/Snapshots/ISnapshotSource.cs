namespace Berth.Core.Snapshots;

/// <summary>Something that snapshots are due of by a schedule.</summary>
/// <param name="Key">Unique among all; aliases of schedules take their minute from it.</param>
/// <param name="Since">When it was made: nothing was due before.</param>
/// <param name="Wanted">False: what is due now is left out.</param>
/// <param name="Take">Takes one.</param>
public sealed record ScheduledSubject(string Key, SnapshotSchedule Schedule, DateTimeOffset Since, bool Wanted, Func<Task> Take);

/// <summary>A snapshot that goes by itself.</summary>
/// <param name="Key">Unique among all.</param>
/// <param name="Delete">Deletes it, unless somebody did, or let it live on, since.</param>
public sealed record ExpiringSnapshot(string Key, DateTimeOffset ExpiresAt, Func<Task> Delete);

/// <summary>Things that have snapshots: instances, volumes.</summary>
public interface ISnapshotSource
{
    /// <summary>To be called after every change that could make another one the next.</summary>
    Action? Changed { set; }

    IEnumerable<ScheduledSubject> Scheduled();

    IEnumerable<ExpiringSnapshot> Expiring();
}
