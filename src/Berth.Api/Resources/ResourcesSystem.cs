namespace Berth.Api;

/// <summary>Wire form <c>ResourcesSystem</c> of the Incus API.</summary>
public sealed record ResourcesSystem
{
    public ResourcesSystemChassis? Chassis { get; init; }

    public string Family { get; init => field = value ?? ""; } = "";

    public ResourcesSystemFirmware? Firmware { get; init; }

    public ResourcesSystemMotherboard? Motherboard { get; init; }

    public string Product { get; init => field = value ?? ""; } = "";

    public string Serial { get; init => field = value ?? ""; } = "";

    public string Sku { get; init => field = value ?? ""; } = "";

    public string Type { get; init => field = value ?? ""; } = "";

    public string Uuid { get; init => field = value ?? ""; } = "";

    public string Vendor { get; init => field = value ?? ""; } = "";

    public string Version { get; init => field = value ?? ""; } = "";
}

/// <summary>Wire form <c>ResourcesSystemFirmware</c> of the Incus API.</summary>
public sealed record ResourcesSystemFirmware
{
    public string Date { get; init => field = value ?? ""; } = "";

    public string Vendor { get; init => field = value ?? ""; } = "";

    public string Version { get; init => field = value ?? ""; } = "";
}

/// <summary>Wire form <c>ResourcesSystemChassis</c> of the Incus API.</summary>
public sealed record ResourcesSystemChassis
{
    public string Serial { get; init => field = value ?? ""; } = "";

    public string Type { get; init => field = value ?? ""; } = "";

    public string Vendor { get; init => field = value ?? ""; } = "";

    public string Version { get; init => field = value ?? ""; } = "";
}

/// <summary>Wire form <c>ResourcesSystemMotherboard</c> of the Incus API.</summary>
public sealed record ResourcesSystemMotherboard
{
    public string Product { get; init => field = value ?? ""; } = "";

    public string Serial { get; init => field = value ?? ""; } = "";

    public string Vendor { get; init => field = value ?? ""; } = "";

    public string Version { get; init => field = value ?? ""; } = "";
}
