using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json;

namespace Berth.Api;

/// <summary>What <c>GET /1.0/events</c> sends; the metadata is an <see cref="Operation"/>, an <see cref="EventLogging"/> or an <see cref="EventLifecycle"/>.</summary>
public sealed record Event
{
    public string Type { get; init => field = value ?? ""; } = "";

    public DateTimeOffset Timestamp { get; init; }

    public JsonElement Metadata { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Location { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Project { get; init; }
}

/// <summary>A log line as an event.</summary>
public sealed record EventLogging
{
    public string Message { get; init => field = value ?? ""; } = "";

    public string Level { get; init => field = value ?? ""; } = "";

    public ConfigMap Context { get; init => field = value ?? Empty.Map; } = Empty.Map;
}

/// <summary>Something happened to a thing.</summary>
public sealed record EventLifecycle
{
    public string Action { get; init => field = value ?? ""; } = "";

    public string Source { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonObject? Context { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EventLifecycleRequestor? Requestor { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Project { get; init; }
}

/// <summary>Who asked for it.</summary>
public sealed record EventLifecycleRequestor
{
    public string Username { get; init => field = value ?? ""; } = "";

    public string Protocol { get; init => field = value ?? ""; } = "";

    public string Address { get; init => field = value ?? ""; } = "";
}
