using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>Wire form <c>ResourcesCPU</c> of the Incus API.</summary>
public sealed record ResourcesCpu
{
    public string Architecture { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<ResourcesCpuSocket> Sockets { get; init => field = value ?? []; } = [];

    public ulong Total { get; init; }
}

/// <summary>Wire form <c>ResourcesCPUSocket</c> of the Incus API.</summary>
public sealed record ResourcesCpuSocket
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResourcesCpuAddressSizes? AddressSizes { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ResourcesCpuCache>? Cache { get; init; }

    public IReadOnlyList<ResourcesCpuCore> Cores { get; init => field = value ?? []; } = [];

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Frequency { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong FrequencyMinimum { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong FrequencyTurbo { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    public ulong Socket { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Vendor { get; init; }
}

/// <summary>Wire form <c>ResourcesCPUCache</c> of the Incus API.</summary>
public sealed record ResourcesCpuCache
{
    public ulong Level { get; init; }

    public ulong Size { get; init; }

    public string Type { get; init => field = value ?? ""; } = "";
}

/// <summary>Wire form <c>ResourcesCPUCore</c> of the Incus API.</summary>
public sealed record ResourcesCpuCore
{
    public ulong Cluster { get; init; }

    public ulong Core { get; init; }

    public ulong Die { get; init; }

    public IReadOnlyList<string> Flags { get; init => field = value ?? []; } = [];

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Frequency { get; init; }

    public IReadOnlyList<ResourcesCpuThread> Threads { get; init => field = value ?? []; } = [];
}

/// <summary>Wire form <c>ResourcesCPUThread</c> of the Incus API.</summary>
public sealed record ResourcesCpuThread
{
    public long Id { get; init; }

    public bool Isolated { get; init; }

    public ulong NumaNode { get; init; }

    public bool Online { get; init; }

    public ulong Thread { get; init; }
}

/// <summary>Wire form <c>ResourcesCPUAddressSizes</c> of the Incus API.</summary>
public sealed record ResourcesCpuAddressSizes
{
    public ulong PhysicalBits { get; init; }

    public ulong VirtualBits { get; init; }
}
