using System.Net;
using Berth.Core.Devices;

namespace Berth.Core.Networks;

/// <summary>One network card of a running instance, resolved: nothing is left to choose.</summary>
/// <param name="Device">Name of the device in the configuration, for example <c>eth0</c>.</param>
/// <param name="GuestName">Interface name inside a container (machines name their own).</param>
/// <param name="HostName">Interface name on the host: the veth peer or tap; ≤ 15 characters.</param>
/// <param name="Mac">MAC address, lower case with colons.</param>
/// <param name="Bridge">Bridge that the host side joins.</param>
public sealed record NicSpec(string Device, string GuestName, string HostName, string Mac, string Bridge) : DevicePart(Device)
{
    /// <summary>MTU in bytes; null takes the bridge's.</summary>
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
