namespace Berth.Cli.Client;

/// <summary>The server said no. <see cref="Path"/> is the path asked, so that a missing thing can be named and its neighbours suggested.</summary>
internal sealed class ApiException(int code, string message, string path) : Exception(message)
{
    /// <summary>HTTP status, such as 404.</summary>
    public int Code { get; } = code;

    public string Path { get; } = path;
}
