using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>An instance with its state, snapshots and backups: <c>GET /1.0/instances?recursion=2</c>.</summary>
public sealed record InstanceFull
{
    public string Architecture { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<InstanceBackup> Backups { get; init => field = value ?? []; } = [];

    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public DateTimeOffset CreatedAt { get; init; }

    public string Description { get; init => field = value ?? ""; } = "";

    public DevicesMap Devices { get; init => field = value ?? Empty.Devices; } = Empty.Devices;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DiskOnly { get; init; }

    public bool Ephemeral { get; init; }

    public ConfigMap ExpandedConfig { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public DevicesMap ExpandedDevices { get; init => field = value ?? Empty.Devices; } = Empty.Devices;

    public DateTimeOffset LastUsedAt { get; init; }

    public string Location { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> Profiles { get; init => field = value ?? []; } = [];

    public string Project { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Restore { get; init; }

    public IReadOnlyList<InstanceSnapshot> Snapshots { get; init => field = value ?? []; } = [];

    public InstanceState? State { get; init; }

    public bool Stateful { get; init; }

    public string Status { get; init => field = value ?? ""; } = "";

    public StatusCode StatusCode { get; init; }

    public string Type { get; init => field = value ?? ""; } = "";
}
