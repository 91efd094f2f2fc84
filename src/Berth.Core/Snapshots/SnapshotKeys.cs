namespace Berth.Core.Snapshots;

/// <summary>The configuration keys of snapshots, and how their values are checked.</summary>
public static class SnapshotKeys
{
    public const string Schedule = "snapshots.schedule";
    public const string ScheduleStopped = "snapshots.schedule.stopped";
    public const string Pattern = "snapshots.pattern";
    public const string Expiry = "snapshots.expiry";
    public const string ManualExpiry = "snapshots.expiry.manual";

    /// <summary>Why a value is wrong; null when it is right.</summary>
    public static string? WhyNot(string key, string value) => key switch
    {
        Schedule => SnapshotSchedule.WhyNot(value),
        Pattern => SnapshotPattern.WhyNot(value),
        Expiry or ManualExpiry => SnapshotExpiry.WhyNot(value),
        _ => null,
    };
}
