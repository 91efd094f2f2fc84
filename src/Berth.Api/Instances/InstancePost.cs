using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>Rename, move or migrate: <c>POST /1.0/instances/NAME</c>.</summary>
public sealed record InstancePost
{
    [JsonPropertyName("Config")]
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    [JsonPropertyName("Devices")]
    public DevicesMap Devices { get; init => field = value ?? Empty.Devices; } = Empty.Devices;

    [JsonPropertyName("Profiles")]
    public IReadOnlyList<string> Profiles { get; init => field = value ?? []; } = [];

    public bool AllowInconsistent { get; init; }

    public bool InstanceOnly { get; init; }

    public bool Live { get; init; }

    public bool Migration { get; init; }

    public string Name { get; init => field = value ?? ""; } = "";

    public string Pool { get; init => field = value ?? ""; } = "";

    public string Project { get; init => field = value ?? ""; } = "";

    public bool Refresh { get; init; }

    public InstancePostTarget? Target { get; init; }
}

/// <summary>Where a push migration goes to.</summary>
public sealed record InstancePostTarget
{
    public string Certificate { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Operation { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ConfigMap? Secrets { get; init; }
}
