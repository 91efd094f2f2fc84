using System.Collections.Immutable;
using System.Net;
using Berth.Core.Devices;
using Berth.Linux.Netlink;

namespace Berth.Core.Networks;

/// <summary>One network card of a running instance, resolved: nothing is left to choose.</summary>
/// <param name="Device">Name of the device in the configuration, for example <c>eth0</c>.</param>
/// <param name="GuestName">Interface name inside a container (machines name their own).</param>
/// <param name="HostName">Interface name on the host: the veth peer, tap or macvtap; ≤ 15 characters. Empty where there is none.</param>
/// <param name="Mac">MAC address, lower case with colons; empty: a physical one keeps its own.</param>
/// <param name="Bridge">Bridge that the host side joins; empty: none.</param>
public sealed record NicSpec(string Device, string GuestName, string HostName, string Mac, string Bridge) : DevicePart(Device)
{
    public NicType Type { get; init; } = NicType.Bridged;

    /// <summary>The interface of the host that it is on, or that it is; empty where it is on none.</summary>
    public string Parent { get; init; } = "";

    /// <summary>Of a macvlan.</summary>
    public MacVlanMode Mode { get; init; } = MacVlanMode.Bridge;

    /// <summary>Subnets that the host routes to its end; p2p only.</summary>
    public ImmutableArray<IPNetwork> Routes { get; init; } = [];

    /// <summary>What a physical interface was before it was given away; null where it is another type, or has not been seen yet.</summary>
    public NicState? Before { get; init; }

    /// <summary>MTU in bytes; null takes the bridge's, or the parent's.</summary>
    public int? Mtu { get; init; }

    /// <summary>What it may send, and how much.</summary>
    public NicGuard Guard { get; init; } = NicGuard.None;

    /// <summary>The managed network; null when <see cref="Bridge"/> is not Berth's.</summary>
    public string? Network { get; init; }

    /// <summary>The static address that DHCP gives it; null: any.</summary>
    public IPAddress? Ipv4 { get; init; }

    /// <summary>The static address that DHCPv6 gives it; null: any.</summary>
    public IPAddress? Ipv6 { get; init; }
}

/// <summary>What an interface of the host gets back when the instance has done with it.</summary>
/// <param name="Mac">Lower case with colons.</param>
/// <param name="Mtu">Bytes.</param>
public sealed record NicState(string Mac, int Mtu);
