using System.Net;
using System.Net.NetworkInformation;

namespace Berth.Linux.Netlink;

/// <summary>An entry of the ARP or ND table.</summary>
/// <param name="LinkIndex">The interface it was seen on.</param>
/// <param name="Address">Its IP address.</param>
/// <param name="Mac">Its hardware address.</param>
/// <param name="State">NUD_*: 2 reachable, 4 stale, 0x20 failed, 0x80 permanent, …</param>
public sealed record Neighbour(int LinkIndex, IPAddress Address, PhysicalAddress Mac, ushort State);
