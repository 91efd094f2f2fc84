namespace Berth.Api;

/// <summary>A backup file of a volume that the server keeps.</summary>
public sealed record StorageVolumeBackup
{
    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    public string Name { get; init => field = value ?? ""; } = "";

    public bool OptimizedStorage { get; init; }

    public bool VolumeOnly { get; init; }
}

/// <summary>A new backup of a volume.</summary>
public sealed record StorageVolumeBackupsPost
{
    public string CompressionAlgorithm { get; init => field = value ?? ""; } = "";

    public DateTimeOffset ExpiresAt { get; init; }

    public string Name { get; init => field = value ?? ""; } = "";

    public bool OptimizedStorage { get; init; }

    public BackupTarget? Target { get; init; }

    public bool VolumeOnly { get; init; }
}

/// <summary>Rename a backup of a volume.</summary>
public sealed record StorageVolumeBackupPost
{
    public string Name { get; init => field = value ?? ""; } = "";
}
