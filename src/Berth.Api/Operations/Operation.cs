using System.Text.Json.Nodes;

namespace Berth.Api;

/// <summary>A background task: <c>GET /1.0/operations/ID</c>.</summary>
public sealed record Operation
{
    public string Id { get; init => field = value ?? ""; } = "";

    public string Class { get; init => field = value ?? ""; } = "";

    public string Description { get; init => field = value ?? ""; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public string Status { get; init => field = value ?? ""; } = "";

    public StatusCode StatusCode { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Resources { get; init => field = value ?? Empty.Of<IReadOnlyList<string>>(); } = Empty.Of<IReadOnlyList<string>>();

    public JsonObject? Metadata { get; init; }

    public bool MayCancel { get; init; }

    public string Err { get; init => field = value ?? ""; } = "";

    public string Location { get; init => field = value ?? ""; } = "";
}
