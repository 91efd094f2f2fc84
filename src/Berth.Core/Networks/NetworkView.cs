using System.Collections.Immutable;
using System.Net;

namespace Berth.Core.Networks;

/// <summary>The live side of a network or of any interface of the host.</summary>
public sealed record NetworkState
{
    /// <summary><c>broadcast</c>, <c>loopback</c>, …, as the Incus API names kinds of interfaces.</summary>
    public string Type { get; init; } = "broadcast";

    public bool Up { get; init; }

    public string Hwaddr { get; init; } = "";

    /// <summary>Bytes.</summary>
    public int Mtu { get; init; }

    public ImmutableArray<NetworkAddress> Addresses { get; init; } = [];

    public long BytesReceived { get; init; }

    public long BytesSent { get; init; }

    public long PacketsReceived { get; init; }

    public long PacketsSent { get; init; }

    /// <summary>Null when it is no bridge.</summary>
    public BridgeState? Bridge { get; init; }
}

/// <summary>An address of an interface.</summary>
/// <param name="Scope"><c>global</c>, <c>link</c> or <c>local</c>.</param>
public sealed record NetworkAddress(IPAddress Address, int PrefixLength, string Scope);

/// <summary>What is particular to a bridge.</summary>
/// <param name="Id">Bridge identifier, for example <c>8000.10666a010203</c>.</param>
/// <param name="ForwardDelay">In hundredths of a second.</param>
/// <param name="Ports">Names of the interfaces on it.</param>
public sealed record BridgeState(string Id, bool Stp, ulong ForwardDelay, ImmutableArray<string> Ports);

/// <summary>How an address came to its owner.</summary>
public enum LeaseType
{
    /// <summary>Configured at the instance's NIC.</summary>
    Static,

    /// <summary>Given by DHCP, or chosen by the instance (SLAAC).</summary>
    Dynamic,

    /// <summary>The bridge's own.</summary>
    Gateway,
}

/// <summary>An address handed out on a network.</summary>
public sealed record NetworkLease(string Hostname, string Hwaddr, IPAddress Address, LeaseType Type);
