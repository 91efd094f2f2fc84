using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>Wire form <c>ResourcesStorage</c> of the Incus API.</summary>
public sealed record ResourcesStorage
{
    public IReadOnlyList<ResourcesStorageDisk> Disks { get; init => field = value ?? []; } = [];

    public ulong Total { get; init; }
}

/// <summary>Wire form <c>ResourcesStorageDisk</c> of the Incus API.</summary>
public sealed record ResourcesStorageDisk
{
    public ulong BlockSize { get; init; }

    public string Device { get; init => field = value ?? ""; } = "";

    public string DeviceId { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DevicePath { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FirmwareVersion { get; init; }

    public string Id { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Model { get; init; }

    public ulong NumaNode { get; init; }

    public IReadOnlyList<ResourcesStorageDiskPartition> Partitions { get; init => field = value ?? []; } = [];

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PciAddress { get; init; }

    public bool ReadOnly { get; init; }

    public bool Removable { get; init; }

    public ulong Rpm { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Serial { get; init; }

    public ulong Size { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Type { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? UsbAddress { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Wwn { get; init; }
}

/// <summary>Wire form <c>ResourcesStorageDiskPartition</c> of the Incus API.</summary>
public sealed record ResourcesStorageDiskPartition
{
    public string Device { get; init => field = value ?? ""; } = "";

    public string Id { get; init => field = value ?? ""; } = "";

    public ulong Partition { get; init; }

    public bool ReadOnly { get; init; }

    public ulong Size { get; init; }
}
