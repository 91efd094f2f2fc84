namespace Berth.Api;

/// <summary>A space of names: <c>GET /1.0/projects/NAME</c>.</summary>
public sealed record Project
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Description { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> UsedBy { get; init => field = value ?? []; } = [];
}

/// <summary>What may be changed of a project.</summary>
public sealed record ProjectPut
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Description { get; init => field = value ?? ""; } = "";
}

/// <summary>A new project.</summary>
public sealed record ProjectsPost
{
    public ConfigMap Config { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Description { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";
}

/// <summary>Rename a project.</summary>
public sealed record ProjectPost
{
    public string Name { get; init => field = value ?? ""; } = "";
}
