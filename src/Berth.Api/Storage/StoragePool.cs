namespace Berth.Api;

/// <summary>A storage pool: <c>GET /1.0/storage-pools/NAME</c>.</summary>
public sealed record StoragePool
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Description { get; init => field = value ?? ""; } = "";

    public string Driver { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> Locations { get; init => field = value ?? []; } = [];

    public string Name { get; init => field = value ?? ""; } = "";

    public string Status { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> UsedBy { get; init => field = value ?? []; } = [];
}

/// <summary>What may be changed of a pool.</summary>
public sealed record StoragePoolPut
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Description { get; init => field = value ?? ""; } = "";
}

/// <summary>A new pool.</summary>
public sealed record StoragePoolsPost
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Description { get; init => field = value ?? ""; } = "";

    public string Driver { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";
}
