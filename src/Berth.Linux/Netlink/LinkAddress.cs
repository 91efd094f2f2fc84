using System.Net;

namespace Berth.Linux.Netlink;

/// <summary>An IP address on an interface.</summary>
/// <param name="LinkIndex">The interface.</param>
/// <param name="Address">The address.</param>
/// <param name="PrefixLength">Bits of the network part.</param>
/// <param name="Scope">RT_SCOPE: 0 global, 253 link, 254 host.</param>
public sealed record LinkAddress(int LinkIndex, IPAddress Address, int PrefixLength, byte Scope);
