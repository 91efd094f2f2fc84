namespace Berth.Api;

/// <summary>A network or an interface of the host: <c>GET /1.0/networks/NAME</c>.</summary>
public sealed record Network
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Description { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> Locations { get; init => field = value ?? []; } = [];

    public bool Managed { get; init; }

    public string Name { get; init => field = value ?? ""; } = "";

    public string Project { get; init => field = value ?? ""; } = "";

    public string Status { get; init => field = value ?? ""; } = "";

    public string Type { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> UsedBy { get; init => field = value ?? []; } = [];
}

/// <summary>What may be changed of a network.</summary>
public sealed record NetworkPut
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Description { get; init => field = value ?? ""; } = "";
}

/// <summary>A new network.</summary>
public sealed record NetworksPost
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Description { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";

    public string Type { get; init => field = value ?? ""; } = "";
}

/// <summary>Rename a network.</summary>
public sealed record NetworkPost
{
    public string Name { get; init => field = value ?? ""; } = "";
}
