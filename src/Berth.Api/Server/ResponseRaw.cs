using System.Text.Json;

namespace Berth.Api;

/// <summary>The envelope of every answer. <c>metadata</c> holds the answer itself.</summary>
public sealed record ResponseRaw
{
    public string Type { get; init => field = value ?? ""; } = "";

    public string Status { get; init => field = value ?? ""; } = "";

    public int StatusCode { get; init; }

    public string Operation { get; init => field = value ?? ""; } = "";

    public int ErrorCode { get; init; }

    public string Error { get; init => field = value ?? ""; } = "";

    public JsonElement? Metadata { get; init; }
}
