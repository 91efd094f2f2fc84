using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>Rename, move or migrate a volume.</summary>
public sealed record StorageVolumePost
{
    public bool Migration { get; init; }

    public string Name { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Pool { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Project { get; init; }

    public StorageVolumeSource Source { get; init => field = value ?? new(); } = new();

    public StorageVolumePostTarget? Target { get; init; }

    public bool VolumeOnly { get; init; }
}

/// <summary>Where a push migration goes to.</summary>
public sealed record StorageVolumePostTarget
{
    public string Certificate { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Operation { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ConfigMap? Secrets { get; init; }
}
