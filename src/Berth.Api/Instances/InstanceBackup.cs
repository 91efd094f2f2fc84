namespace Berth.Api;

/// <summary>A backup file kept by the server.</summary>
public sealed record InstanceBackup
{
    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    public bool InstanceOnly { get; init; }

    public string Name { get; init => field = value ?? ""; } = "";

    public bool OptimizedStorage { get; init; }
}

/// <summary>A new backup.</summary>
public sealed record InstanceBackupsPost
{
    public string CompressionAlgorithm { get; init => field = value ?? ""; } = "";

    public DateTimeOffset ExpiresAt { get; init; }

    public bool InstanceOnly { get; init; }

    public string Name { get; init => field = value ?? ""; } = "";

    public bool OptimizedStorage { get; init; }

    public bool RootOnly { get; init; }

    public BackupTarget? Target { get; init; }
}

/// <summary>Rename a backup.</summary>
public sealed record InstanceBackupPost
{
    public string Name { get; init => field = value ?? ""; } = "";
}

/// <summary>An S3 bucket that a backup is sent to.</summary>
public sealed record BackupTarget
{
    public string AccessKey { get; init => field = value ?? ""; } = "";

    public string BucketName { get; init => field = value ?? ""; } = "";

    public string Path { get; init => field = value ?? ""; } = "";

    public string Protocol { get; init => field = value ?? ""; } = "";

    public string SecretKey { get; init => field = value ?? ""; } = "";

    public string Url { get; init => field = value ?? ""; } = "";
}
