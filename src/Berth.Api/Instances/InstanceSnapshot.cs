namespace Berth.Api;

/// <summary>A point in time of an instance: <c>GET /1.0/instances/NAME/snapshots/SNAPSHOT</c>.</summary>
public sealed record InstanceSnapshot
{
    public string Architecture { get; init => field = value ?? ""; } = "";

    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public DateTimeOffset CreatedAt { get; init; }

    public string Description { get; init => field = value ?? ""; } = "";

    public DevicesMap Devices { get; init => field = value ?? Empty.Devices; } = Empty.Devices;

    public bool Ephemeral { get; init; }

    public ConfigMap ExpandedConfig { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public DevicesMap ExpandedDevices { get; init => field = value ?? Empty.Devices; } = Empty.Devices;

    public DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset LastUsedAt { get; init; }

    public string Name { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> Profiles { get; init => field = value ?? []; } = [];

    public long Size { get; init; }

    public bool Stateful { get; init; }
}
