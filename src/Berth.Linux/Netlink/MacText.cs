using System.Net.NetworkInformation;

namespace Berth.Linux.Netlink;

/// <summary>Hardware addresses as ip(8) writes them.</summary>
public static class MacText
{
    /// <summary>Lower case with colons; empty for an interface that has none.</summary>
    public static string ToText(this PhysicalAddress mac) => string.Join(':', mac.GetAddressBytes().Select(b => b.ToString("x2", null)));
}
