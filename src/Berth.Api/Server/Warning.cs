namespace Berth.Api;

/// <summary>Something that an administrator should look at.</summary>
public sealed record Warning
{
    public int Count { get; init; }

    public string EntityUrl { get; init => field = value ?? ""; } = "";

    public DateTimeOffset FirstSeenAt { get; init; }

    public string LastMessage { get; init => field = value ?? ""; } = "";

    public DateTimeOffset LastSeenAt { get; init; }

    public string Location { get; init => field = value ?? ""; } = "";

    public string Project { get; init => field = value ?? ""; } = "";

    public string Severity { get; init => field = value ?? ""; } = "";

    public string Status { get; init => field = value ?? ""; } = "";

    public string Type { get; init => field = value ?? ""; } = "";

    public string Uuid { get; init => field = value ?? ""; } = "";
}

/// <summary>Acknowledge a warning.</summary>
public sealed record WarningPut
{
    public string Status { get; init => field = value ?? ""; } = "";
}
