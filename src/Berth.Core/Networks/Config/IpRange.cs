using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Berth.Core.Networks.Config;

/// <summary>FIRST-LAST, as <c>ipv4.dhcp.ranges</c> has them.</summary>
internal sealed record IpRange(IPAddress First, IPAddress Last)
{
    public static bool TryParse(string text, [NotNullWhen(true)] out IpRange? range)
    {
        range = null;
        var parts = text.Split('-', StringSplitOptions.TrimEntries);
        if (parts.Length != 2
            || !IpPrefix.TryParseAddress(parts[0], out var first)
            || !IpPrefix.TryParseAddress(parts[1], out var last)
            || first.AddressFamily != last.AddressFamily
            || IpPrefix.Compare(first, last) > 0)
        {
            return false;
        }

        range = new(first, last);
        return true;
    }
}
