using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>Wire form <c>ResourcesMemory</c> of the Incus API.</summary>
public sealed record ResourcesMemory
{
    public ulong HugepagesSize { get; init; }

    public ulong HugepagesTotal { get; init; }

    public ulong HugepagesUsed { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ResourcesMemoryNode>? Nodes { get; init; }

    public ulong Total { get; init; }

    public ulong Used { get; init; }
}

/// <summary>Wire form <c>ResourcesMemoryNode</c> of the Incus API.</summary>
public sealed record ResourcesMemoryNode
{
    public ulong HugepagesTotal { get; init; }

    public ulong HugepagesUsed { get; init; }

    public ulong NumaNode { get; init; }

    public ulong Total { get; init; }

    public ulong Used { get; init; }
}
