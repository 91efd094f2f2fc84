using System.Net;
using Berth.Core.Networks.Config;

namespace Berth.Core.Networks.Dhcp;

/// <summary>What dnsmasq is told of one instance NIC: a line of <c>dhcp-host</c> (dnsmasq(8)) in a file of its own.</summary>
/// <param name="Name">DNS name; empty where the network's <c>dns.mode</c> gives none.</param>
internal sealed record DhcpHost(string InstanceKey, string Device, string Mac, string Name)
{
    /// <summary>Between instance and device in the file's name: neither may contain it.</summary>
    private const char Separator = ':';

    public IPAddress? Ipv4 { get; init; }

    public IPAddress? Ipv6 { get; init; }

    public string FileName => $"{InstanceKey}{Separator}{Device}";

    public static string FilesOf(string instanceKey) => $"{instanceKey}{Separator}*";

    public string ToLine() => string.Join(',', new[] { Mac, Ipv4?.ToString(), Ipv6 is null ? null : $"[{Ipv6}]", Name }.Where(p => !string.IsNullOrEmpty(p))) + "\n";

    /// <summary>Reads a file back; null when it is none of ours.</summary>
    public static DhcpHost? Parse(string fileName, string line)
    {
        var colon = fileName.IndexOf(Separator, StringComparison.Ordinal);
        var parts = line.Trim().Split(',');
        if (colon <= 0 || !MacAddress.IsValid(parts[0]))
        {
            return null;
        }

        var host = new DhcpHost(fileName[..colon], fileName[(colon + 1)..], parts[0], "");
        foreach (var part in parts.Skip(1))
        {
            host = part.StartsWith('[') && IPAddress.TryParse(part.Trim('[', ']'), out var ipv6) ? host with { Ipv6 = ipv6 }
                : IpPrefix.TryParseAddress(part, out var ipv4) ? host with { Ipv4 = ipv4 }
                : host with { Name = part };
        }

        return host;
    }
}
