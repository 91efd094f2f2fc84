namespace Berth.Api;

/// <summary>The envelope of an answer whose metadata is known to be <typeparamref name="T"/>; see <see cref="ResponseRaw"/>.</summary>
public sealed record Response<T>
{
    /// <summary><c>sync</c>, <c>async</c> or <c>error</c>.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    public string Status { get; init => field = value ?? ""; } = "";

    public int StatusCode { get; init; }

    /// <summary>Path of the operation where the type is <c>async</c>, else empty.</summary>
    public string Operation { get; init => field = value ?? ""; } = "";

    public int ErrorCode { get; init; }

    public string Error { get; init => field = value ?? ""; } = "";

    public T? Metadata { get; init; }
}
