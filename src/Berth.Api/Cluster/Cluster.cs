namespace Berth.Api;

/// <summary>Membership of a cluster: <c>GET /1.0/cluster</c>.</summary>
public sealed record Cluster
{
    public bool Enabled { get; init; }

    public string ServerName { get; init => field = value ?? ""; } = "";
}
