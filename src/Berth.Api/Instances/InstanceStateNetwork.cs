namespace Berth.Api;

/// <summary>A network interface inside the instance.</summary>
public sealed record InstanceStateNetwork
{
    public IReadOnlyList<InstanceStateNetworkAddress> Addresses { get; init => field = value ?? []; } = [];

    public InstanceStateNetworkCounters Counters { get; init => field = value ?? new(); } = new();

    public string HostName { get; init => field = value ?? ""; } = "";

    public string Hwaddr { get; init => field = value ?? ""; } = "";

    public int Mtu { get; init; }

    public string State { get; init => field = value ?? ""; } = "";

    public string Type { get; init => field = value ?? ""; } = "";
}

/// <summary>An address of an interface.</summary>
public sealed record InstanceStateNetworkAddress
{
    public string Address { get; init => field = value ?? ""; } = "";

    public string Family { get; init => field = value ?? ""; } = "";

    public string Netmask { get; init => field = value ?? ""; } = "";

    public string Scope { get; init => field = value ?? ""; } = "";
}

/// <summary>Traffic counters of an interface.</summary>
public sealed record InstanceStateNetworkCounters
{
    public long BytesReceived { get; init; }

    public long BytesSent { get; init; }

    public long ErrorsReceived { get; init; }

    public long ErrorsSent { get; init; }

    public long PacketsDroppedInbound { get; init; }

    public long PacketsDroppedOutbound { get; init; }

    public long PacketsReceived { get; init; }

    public long PacketsSent { get; init; }
}
