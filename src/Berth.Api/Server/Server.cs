namespace Berth.Api;

/// <summary>The server, as a trusted client sees it: <c>GET /1.0</c>.</summary>
public sealed record Server
{
    public IReadOnlyList<string> ApiExtensions { get; init => field = value ?? []; } = [];

    public string ApiStatus { get; init => field = value ?? ""; } = "";

    public string ApiVersion { get; init => field = value ?? ""; } = "";

    public string Auth { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> AuthMethods { get; init => field = value ?? []; } = [];

    public string AuthUserMethod { get; init => field = value ?? ""; } = "";

    public string AuthUserName { get; init => field = value ?? ""; } = "";

    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public ServerEnvironment Environment { get; init => field = value ?? new(); } = new();

    public bool Public { get; init; }
}

/// <summary>The server, as anybody sees it.</summary>
public sealed record ServerUntrusted
{
    public IReadOnlyList<string> ApiExtensions { get; init => field = value ?? []; } = [];

    public string ApiStatus { get; init => field = value ?? ""; } = "";

    public string ApiVersion { get; init => field = value ?? ""; } = "";

    public string Auth { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> AuthMethods { get; init => field = value ?? []; } = [];

    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public bool Public { get; init; }
}

/// <summary>What may be changed of the server.</summary>
public sealed record ServerPut
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;
}
