using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>A volume: <c>GET /1.0/storage-pools/POOL/volumes/TYPE/NAME</c>.</summary>
public sealed record StorageVolume
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string ContentType { get; init => field = value ?? ""; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    public string Description { get; init => field = value ?? ""; } = "";

    public string Location { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";

    public string Project { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Restore { get; init; }

    public string Type { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> UsedBy { get; init => field = value ?? []; } = [];
}

/// <summary>What may be changed of a volume.</summary>
public sealed record StorageVolumePut
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Description { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Restore { get; init; }
}
