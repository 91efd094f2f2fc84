using System.Collections.Immutable;

namespace Berth.Daemon.Access;

/// <summary>How far a caller is trusted.</summary>
internal enum Trust
{
    /// <summary>Nothing is known of it.</summary>
    None,

    /// <summary>A metrics certificate: it may read <c>/1.0/metrics</c> and nothing else.</summary>
    Metrics,

    /// <summary>A certificate that is restricted to some projects.</summary>
    Restricted,

    /// <summary>Everything: the unix socket, or a client certificate without restriction.</summary>
    Full,
}

/// <summary>Who asks.</summary>
/// <param name="Method">How it was recognised, as the API names it: <c>unix</c> or <c>tls</c>; empty for nobody.</param>
/// <param name="Name">User of the socket, or fingerprint of the certificate.</param>
/// <param name="Projects">Projects that it may see; null for all.</param>
internal sealed record Caller(Trust Trust, string Method, string Name, ImmutableHashSet<string>? Projects)
{
    public static readonly Caller Local = new(Trust.Full, "unix", "root", null);

    public static readonly Caller Untrusted = new(Trust.None, "", "", []);

    public bool IsFull => Trust == Trust.Full;

    /// <summary>It is more than a stranger: it may see its projects.</summary>
    public bool IsTrusted => Trust is Trust.Full or Trust.Restricted;

    /// <summary>Whether it may see what lives in a project; things of the host have the project "".</summary>
    public bool Sees(string project) => IsFull || (Trust != Trust.None && (Projects is null || Projects.Contains(project)));
}
