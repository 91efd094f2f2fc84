using System.Net.NetworkInformation;

namespace Berth.Linux.Netlink;

/// <summary>A veth pair to make.</summary>
public sealed record VethPair
{
    /// <summary>The host's end.</summary>
    public required string Name { get; init; }

    /// <summary>The other end, in its namespace.</summary>
    public required string PeerName { get; init; }

    /// <summary>Hardware address of the host's end; null: random.</summary>
    public PhysicalAddress? Mac { get; init; }

    /// <summary>Hardware address of the other end; null: random.</summary>
    public PhysicalAddress? PeerMac { get; init; }

    /// <summary>MTU of both ends; null: 1500.</summary>
    public int? Mtu { get; init; }

    /// <summary>Where the other end goes; null: it stays here.</summary>
    public NetworkNamespace? PeerNamespace { get; init; }
}
