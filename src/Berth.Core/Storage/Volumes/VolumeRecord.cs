using System.Collections.Immutable;

namespace Berth.Core.Storage.Volumes;

/// <summary>What is in a volume, as the API names it in lower case.</summary>
public enum VolumeContent
{
    /// <summary>Files: for containers and machines.</summary>
    Filesystem,

    /// <summary>A disk: for machines.</summary>
    Block,

    /// <summary>A CD-ROM image that nobody writes to: for machines.</summary>
    Iso,
}

/// <summary>What a daemon had begun with a volume or snapshot and not yet ended.</summary>
public enum VolumePhase
{
    /// <summary>Nothing is under way.</summary>
    Ready,

    /// <summary>Being made: undone by the next daemon.</summary>
    Creating,

    /// <summary>Being deleted: finished by the next daemon.</summary>
    Deleting,

    /// <summary>Being renamed: finished by the next daemon.</summary>
    Renaming,

    /// <summary>Being set back to a snapshot: finished by the next daemon.</summary>
    Restoring,

    /// <summary>Being moved to another pool or project: finished by the next daemon where the new one was whole, else undone.</summary>
    Moving,
}

/// <summary>Where a volume is being moved to.</summary>
public sealed record VolumePlace(string Project, string Pool, string Name);

/// <summary>A custom volume as it is stored. Immutable.</summary>
public sealed record VolumeRecord
{
    public required string Project { get; init; }

    public required string Pool { get; init; }

    public required string Name { get; init; }

    public required VolumeContent Content { get; init; }

    public string Description { get; init; } = "";

    public ImmutableSortedDictionary<string, string> Config { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The oldest first.</summary>
    public ImmutableArray<VolumeSnapshotRecord> Snapshots { get; init; } = [];

    public VolumePhase Phase { get; init; }

    /// <summary>The new name, while <see cref="Phase"/> is <see cref="VolumePhase.Renaming"/>; the snapshot, while it is <see cref="VolumePhase.Restoring"/>.</summary>
    public string NewName { get; init; } = "";

    /// <summary>While <see cref="Phase"/> is <see cref="VolumePhase.Moving"/>.</summary>
    public VolumePlace? MovesTo { get; init; }

    /// <summary>Its name in the pool. Projects have no underscore in theirs, so it is unique.</summary>
    public string Key => KeyOf(Project, Name);

    internal static string KeyOf(string project, string name) => $"{project}_{name}";

    public VolumeSnapshotRecord? Snapshot(string name) => Snapshots.FirstOrDefault(s => s.Name == name);
}

/// <summary>A point in time of a custom volume. Immutable.</summary>
public sealed record VolumeSnapshotRecord
{
    public required string Name { get; init; }

    public string Description { get; init; } = "";

    /// <summary>The volume's configuration when the snapshot was taken.</summary>
    public ImmutableSortedDictionary<string, string> Config { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it goes by itself; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public VolumePhase Phase { get; init; }

    /// <summary>The new name, while <see cref="Phase"/> is <see cref="VolumePhase.Renaming"/>.</summary>
    public string NewName { get; init; } = "";
}
