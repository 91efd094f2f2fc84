using System.Net;

namespace Berth.Linux.Netlink;

/// <summary>A unicast route of the main table.</summary>
/// <param name="Destination">The network; null: default route.</param>
/// <param name="Gateway">Next hop; null: on the link.</param>
/// <param name="LinkIndex">Outgoing interface; 0: the kernel finds it by the gateway.</param>
/// <param name="Metric">Priority, lower wins; 0: the kernel's default.</param>
public sealed record Route(IPNetwork? Destination, IPAddress? Gateway, int LinkIndex, uint Metric = 0);
