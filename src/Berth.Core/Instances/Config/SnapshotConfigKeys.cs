using Berth.Core.Snapshots;
using static Berth.Core.Instances.ConfigKey;

namespace Berth.Core.Instances;

/// <summary>Snapshots that are taken and removed by themselves; what values there are, <see cref="SnapshotKeys"/> knows.</summary>
internal static class SnapshotConfigKeys
{
    public static readonly ConfigKey[] All =
    [
        Key(SnapshotKeys.Expiry, "How long a snapshot is kept, for example 2w 3d"),
        Key(SnapshotKeys.ManualExpiry, "How long a snapshot is kept that was not taken by the schedule"),
        Key(SnapshotKeys.Pattern, "How snapshots are named") with { Default = "snap%d" },
        Key(SnapshotKeys.Schedule, "When snapshots are taken: a cron expression, or @daily and the like"),
        Bool(SnapshotKeys.ScheduleStopped, "Take them also while the instance is stopped") with { Live = true },
    ];

    private static ConfigKey Key(string name, string description) =>
        Text(name, description) with { Live = true, Check = value => SnapshotKeys.WhyNot(name, value) };
}
