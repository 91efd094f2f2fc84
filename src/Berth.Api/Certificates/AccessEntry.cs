namespace Berth.Api;

/// <summary>Somebody who may use a thing: <c>GET /1.0/projects/NAME/access</c>.</summary>
public sealed record AccessEntry
{
    /// <summary>Fingerprint of the certificate.</summary>
    public string Identifier { get; init => field = value ?? ""; } = "";

    /// <summary><c>tls</c>.</summary>
    public string Provider { get; init => field = value ?? ""; } = "";

    /// <summary><c>admin</c>, <c>operator</c> (restricted to projects) or <c>view</c> (metrics).</summary>
    public string Role { get; init => field = value ?? ""; } = "";
}
