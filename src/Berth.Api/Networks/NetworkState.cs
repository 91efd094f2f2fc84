using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>The live side of a network: <c>GET /1.0/networks/NAME/state</c>.</summary>
public sealed record NetworkState
{
    public IReadOnlyList<NetworkStateAddress> Addresses { get; init => field = value ?? []; } = [];

    public NetworkStateBond? Bond { get; init; }

    public NetworkStateBridge? Bridge { get; init; }

    public NetworkStateCounters? Counters { get; init; }

    public string Hwaddr { get; init => field = value ?? ""; } = "";

    public int Mtu { get; init; }

    public NetworkStateOvn? Ovn { get; init; }

    public string State { get; init => field = value ?? ""; } = "";

    public string Type { get; init => field = value ?? ""; } = "";

    public NetworkStateVlan? Vlan { get; init; }
}

/// <summary>An address of a network interface.</summary>
public sealed record NetworkStateAddress
{
    public string Address { get; init => field = value ?? ""; } = "";

    public string Family { get; init => field = value ?? ""; } = "";

    public string Netmask { get; init => field = value ?? ""; } = "";

    public string Scope { get; init => field = value ?? ""; } = "";
}

/// <summary>Traffic of a network interface.</summary>
public sealed record NetworkStateCounters
{
    public long BytesReceived { get; init; }

    public long BytesSent { get; init; }

    public long PacketsReceived { get; init; }

    public long PacketsSent { get; init; }
}

/// <summary>A bond.</summary>
public sealed record NetworkStateBond
{
    public ulong DownDelay { get; init; }

    public IReadOnlyList<string> LowerDevices { get; init => field = value ?? []; } = [];

    public ulong MiiFrequency { get; init; }

    public string MiiState { get; init => field = value ?? ""; } = "";

    public string Mode { get; init => field = value ?? ""; } = "";

    public string TransmitPolicy { get; init => field = value ?? ""; } = "";

    public ulong UpDelay { get; init; }
}

/// <summary>A bridge.</summary>
public sealed record NetworkStateBridge
{
    public ulong ForwardDelay { get; init; }

    public string Id { get; init => field = value ?? ""; } = "";

    public bool Stp { get; init; }

    public IReadOnlyList<string> UpperDevices { get; init => field = value ?? []; } = [];

    public ulong VlanDefault { get; init; }

    public bool VlanFiltering { get; init; }
}

/// <summary>A VLAN.</summary>
public sealed record NetworkStateVlan
{
    public string LowerDevice { get; init => field = value ?? ""; } = "";

    public ulong Vid { get; init; }
}

/// <summary>An OVN network.</summary>
public sealed record NetworkStateOvn
{
    public string Chassis { get; init => field = value ?? ""; } = "";

    public string LogicalRouter { get; init => field = value ?? ""; } = "";

    public string LogicalSwitch { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("uplink_ipv4")]
    public string UplinkIpv4 { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("uplink_ipv6")]
    public string UplinkIpv6 { get; init => field = value ?? ""; } = "";
}
