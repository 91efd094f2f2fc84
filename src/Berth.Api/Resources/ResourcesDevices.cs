using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>Wire form <c>ResourcesPCI</c> of the Incus API.</summary>
public sealed record ResourcesPci
{
    public IReadOnlyList<ResourcesPciDevice> Devices { get; init => field = value ?? []; } = [];

    public ulong Total { get; init; }
}

/// <summary>Wire form <c>ResourcesPCIDevice</c> of the Incus API.</summary>
public sealed record ResourcesPciDevice
{
    public string Driver { get; init => field = value ?? ""; } = "";

    public string DriverVersion { get; init => field = value ?? ""; } = "";

    public ulong IommuGroup { get; init; }

    public ulong NumaNode { get; init; }

    public string PciAddress { get; init => field = value ?? ""; } = "";

    public string Product { get; init => field = value ?? ""; } = "";

    public string ProductId { get; init => field = value ?? ""; } = "";

    public string Vendor { get; init => field = value ?? ""; } = "";

    public string VendorId { get; init => field = value ?? ""; } = "";

    public ResourcesPciVpd Vpd { get; init => field = value ?? new(); } = new();
}

/// <summary>Wire form <c>ResourcesPCIVPD</c>: vital product data, of devices that have it.</summary>
public sealed record ResourcesPciVpd
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ProductName { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Entries { get; init; }
}

/// <summary>Wire form <c>ResourcesUSB</c> of the Incus API.</summary>
public sealed record ResourcesUsb
{
    public IReadOnlyList<ResourcesUsbDevice> Devices { get; init => field = value ?? []; } = [];

    public ulong Total { get; init; }
}

/// <summary>Wire form <c>ResourcesUSBDevice</c> of the Incus API.</summary>
public sealed record ResourcesUsbDevice
{
    public ulong BusAddress { get; init; }

    public ulong DeviceAddress { get; init; }

    public IReadOnlyList<ResourcesUsbDeviceInterface> Interfaces { get; init => field = value ?? []; } = [];

    public string Product { get; init => field = value ?? ""; } = "";

    public string ProductId { get; init => field = value ?? ""; } = "";

    public string Serial { get; init => field = value ?? ""; } = "";

    /// <summary>Mbit/s; 1.5 for a slow device.</summary>
    public double Speed { get; init; }

    public string Vendor { get; init => field = value ?? ""; } = "";

    public string VendorId { get; init => field = value ?? ""; } = "";
}

/// <summary>Wire form <c>ResourcesUSBDeviceInterface</c> of the Incus API.</summary>
public sealed record ResourcesUsbDeviceInterface
{
    public string Class { get; init => field = value ?? ""; } = "";

    public ulong ClassId { get; init; }

    public string Driver { get; init => field = value ?? ""; } = "";

    public string DriverVersion { get; init => field = value ?? ""; } = "";

    public ulong Number { get; init; }

    public string Subclass { get; init => field = value ?? ""; } = "";

    public ulong SubclassId { get; init; }
}

/// <summary>Wire form <c>ResourcesGPU</c> of the Incus API.</summary>
public sealed record ResourcesGpu
{
    public IReadOnlyList<ResourcesGpuCard> Cards { get; init => field = value ?? []; } = [];

    public ulong Total { get; init; }
}

/// <summary>Wire form <c>ResourcesGPUCard</c> of the Incus API.</summary>
public sealed record ResourcesGpuCard
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Driver { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DriverVersion { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResourcesGpuCardDrm? Drm { get; init; }

    public ulong NumaNode { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PciAddress { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ProductId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? VendorId { get; init; }
}

/// <summary>Wire form <c>ResourcesGPUCardDRM</c> of the Incus API. Devices are "major:minor".</summary>
public sealed record ResourcesGpuCardDrm
{
    public string CardDevice { get; init => field = value ?? ""; } = "";

    public string CardName { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RenderDevice { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RenderName { get; init; }

    public ulong Id { get; init; }
}

/// <summary>Wire form <c>ResourcesSerial</c> of the Incus API: serial ports on USB.</summary>
public sealed record ResourcesSerial
{
    public IReadOnlyList<ResourcesSerialDevice> Devices { get; init => field = value ?? []; } = [];

    public ulong Total { get; init; }
}

/// <summary>Wire form <c>ResourcesSerialDevice</c> of the Incus API.</summary>
public sealed record ResourcesSerialDevice
{
    public string Id { get; init => field = value ?? ""; } = "";

    /// <summary>"major:minor".</summary>
    public string Device { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Driver { get; init; }
}
