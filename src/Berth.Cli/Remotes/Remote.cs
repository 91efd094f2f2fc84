namespace Berth.Cli.Remotes;

/// <summary>A server of images that somebody gave a name.</summary>
/// <param name="Protocol"><c>simplestreams</c> or <c>incus</c>.</param>
internal sealed record Remote(string Name, string Url, string Protocol)
{
    /// <summary>The server that berth works on; it is always there.</summary>
    public const string Local = "local";

    public const string SimpleStreams = "simplestreams";
    public const string Incus = "incus";
}
