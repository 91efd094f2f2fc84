using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>Use of a volume.</summary>
public sealed record StorageVolumeState
{
    public StorageVolumeStateUsage? Usage { get; init; }
}

/// <summary>In bytes.</summary>
public sealed record StorageVolumeStateUsage
{
    public long Total { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Used { get; init; }
}
