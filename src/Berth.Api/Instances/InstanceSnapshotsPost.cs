using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>A new snapshot.</summary>
public sealed record InstanceSnapshotsPost
{
    public DateTimeOffset? ExpiresAt { get; init; }

    public string Name { get; init => field = value ?? ""; } = "";

    public bool Stateful { get; init; }
}

/// <summary>Rename or migrate a snapshot.</summary>
public sealed record InstanceSnapshotPost
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Live { get; init; }

    public bool Migration { get; init; }

    public string Name { get; init => field = value ?? ""; } = "";

    public InstancePostTarget? Target { get; init; }
}

/// <summary>What may be changed of a snapshot.</summary>
public sealed record InstanceSnapshotPut
{
    public DateTimeOffset ExpiresAt { get; init; }
}
