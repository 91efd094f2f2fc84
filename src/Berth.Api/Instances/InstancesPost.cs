using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>A new instance: <c>POST /1.0/instances</c>.</summary>
public sealed record InstancesPost
{
    public string Architecture { get; init => field = value ?? ""; } = "";

    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Description { get; init => field = value ?? ""; } = "";

    public DevicesMap Devices { get; init => field = value ?? Empty.Devices; } = Empty.Devices;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DiskOnly { get; init; }

    public bool Ephemeral { get; init; }

    public string InstanceType { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string>? Profiles { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Restore { get; init; }

    public InstanceSource Source { get; init => field = value ?? new(); } = new();

    public bool Start { get; init; }

    public bool Stateful { get; init; }

    public string Type { get; init => field = value ?? ""; } = "";
}
