namespace Berth.Api;

/// <summary>A point in time of a volume.</summary>
public sealed record StorageVolumeSnapshot
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string ContentType { get; init => field = value ?? ""; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    public string Description { get; init => field = value ?? ""; } = "";

    public DateTimeOffset? ExpiresAt { get; init; }

    public string Name { get; init => field = value ?? ""; } = "";
}

/// <summary>A new snapshot of a volume.</summary>
public sealed record StorageVolumeSnapshotsPost
{
    public DateTimeOffset? ExpiresAt { get; init; }

    public string Name { get; init => field = value ?? ""; } = "";
}

/// <summary>Rename or migrate a snapshot of a volume.</summary>
public sealed record StorageVolumeSnapshotPost
{
    public bool Migration { get; init; }

    public string Name { get; init => field = value ?? ""; } = "";

    public StorageVolumePostTarget? Target { get; init; }
}

/// <summary>What may be changed of a snapshot of a volume.</summary>
public sealed record StorageVolumeSnapshotPut
{
    public string Description { get; init => field = value ?? ""; } = "";

    public DateTimeOffset? ExpiresAt { get; init; }
}
