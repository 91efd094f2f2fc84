using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>Space and inodes of a pool: <c>GET /1.0/storage-pools/NAME/resources</c>.</summary>
public sealed record ResourcesStoragePool
{
    public ResourcesStoragePoolInodes Inodes { get; init => field = value ?? new(); } = new();

    public ResourcesStoragePoolSpace Space { get; init => field = value ?? new(); } = new();
}

/// <summary>In bytes.</summary>
public sealed record ResourcesStoragePoolSpace
{
    public ulong Total { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Used { get; init; }
}

/// <summary>In inodes.</summary>
public sealed record ResourcesStoragePoolInodes
{
    public ulong Total { get; init; }

    public ulong Used { get; init; }
}
