using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>A new volume.</summary>
public sealed record StorageVolumesPost
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string ContentType { get; init => field = value ?? ""; } = "";

    public string Description { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Restore { get; init; }

    public StorageVolumeSource Source { get; init => field = value ?? new(); } = new();

    public string Type { get; init => field = value ?? ""; } = "";
}

/// <summary>What a new volume is made from.</summary>
public sealed record StorageVolumeSource
{
    public string Certificate { get; init => field = value ?? ""; } = "";

    public string Location { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Mode { get; init; }

    public string Name { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Operation { get; init; }

    public string Pool { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Project { get; init; }

    public bool Refresh { get; init; }

    public bool RefreshExcludeOlder { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ConfigMap? Secrets { get; init; }

    public string Type { get; init => field = value ?? ""; } = "";

    public bool VolumeOnly { get; init; }
}
