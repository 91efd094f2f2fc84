using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>A container or a machine: <c>GET /1.0/instances/NAME</c>.</summary>
public sealed record Instance
{
    public string Architecture { get; init => field = value ?? ""; } = "";

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

    public bool Stateful { get; init; }

    public string Status { get; init => field = value ?? ""; } = "";

    public StatusCode StatusCode { get; init; }

    public string Type { get; init => field = value ?? ""; } = "";
}
