using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>What may be changed of an instance: <c>PUT</c> and <c>PATCH /1.0/instances/NAME</c>.</summary>
public sealed record InstancePut
{
    public string Architecture { get; init => field = value ?? ""; } = "";

    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Description { get; init => field = value ?? ""; } = "";

    public DevicesMap Devices { get; init => field = value ?? Empty.Devices; } = Empty.Devices;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DiskOnly { get; init; }

    public bool Ephemeral { get; init; }

    public IReadOnlyList<string> Profiles { get; init => field = value ?? []; } = [];

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Restore { get; init; }

    public bool Stateful { get; init; }
}
