namespace Berth.Api;

/// <summary>Configuration shared by instances: <c>GET /1.0/profiles/NAME</c>.</summary>
public sealed record Profile
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Description { get; init => field = value ?? ""; } = "";

    public DevicesMap Devices { get; init => field = value ?? Empty.Devices; } = Empty.Devices;

    public string Name { get; init => field = value ?? ""; } = "";

    public string Project { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> UsedBy { get; init => field = value ?? []; } = [];
}

/// <summary>What may be changed of a profile.</summary>
public sealed record ProfilePut
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Description { get; init => field = value ?? ""; } = "";

    public DevicesMap Devices { get; init => field = value ?? Empty.Devices; } = Empty.Devices;
}

/// <summary>A new profile.</summary>
public sealed record ProfilesPost
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Description { get; init => field = value ?? ""; } = "";

    public DevicesMap Devices { get; init => field = value ?? Empty.Devices; } = Empty.Devices;

    public string Name { get; init => field = value ?? ""; } = "";
}

/// <summary>Rename a profile.</summary>
public sealed record ProfilePost
{
    public string Name { get; init => field = value ?? ""; } = "";
}
