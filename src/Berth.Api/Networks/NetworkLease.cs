namespace Berth.Api;

/// <summary>An address handed out on a network.</summary>
public sealed record NetworkLease
{
    public string Address { get; init => field = value ?? ""; } = "";

    public string Hostname { get; init => field = value ?? ""; } = "";

    public string Hwaddr { get; init => field = value ?? ""; } = "";

    public string Location { get; init => field = value ?? ""; } = "";

    public string Type { get; init => field = value ?? ""; } = "";
}
