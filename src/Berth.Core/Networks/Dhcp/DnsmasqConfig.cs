using System.Text;
using Berth.Core.Networks.Config;

namespace Berth.Core.Networks.Dhcp;

/// <summary>The text of dnsmasq's configuration (dnsmasq(8)): DHCP, router advertisements and DNS on one bridge.</summary>
internal static class DnsmasqConfig
{
    public static string Build(NetworkConfig network, DnsmasqFiles files, string user)
    {
        var text = new StringBuilder("# Written by berthd; changes here are lost.\n");
        string[] process =
        [
            $"user={user}", $"pid-file={files.PidFile}", $"log-facility={files.Log}",
            $"interface={network.Name}", "except-interface=lo", "bind-interfaces",
            .. network.Addresses.Select(a => $"listen-address={a.Address}"),
        ];
        string[] dns =
        [
            "no-hosts", "domain-needed", $"domain={network.Domain}", $"local=/{network.Domain}/",
            $"interface-name=_gateway.{network.Domain},{network.Name}",
        ];
        string[] dhcp =
        [
            $"dhcp-leasefile={files.Leases}", $"dhcp-hostsdir={files.Hosts}", "dhcp-lease-max=65536",
            "dhcp-authoritative", "dhcp-no-override", "no-ping", "quiet-dhcp", "quiet-dhcp6", "quiet-ra",
        ];

        // The names of DHCP clients are theirs to choose in the mode "dynamic" only; dhcp-host gives them in "managed".
        string[] names = network.DnsMode == "dynamic" ? [] : ["dhcp-ignore-names"];
        foreach (var line in process.Concat(dns).Concat(dhcp).Concat(names).Concat(Ipv4(network)).Concat(Ipv6(network)))
        {
            text.Append(line).Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<string> Ipv4(NetworkConfig network)
    {
        if (network is not { Ipv4: { } ipv4, Ipv4Dhcp: true })
        {
            yield break;
        }

        yield return "dhcp-rapid-commit";
        yield return $"dhcp-option-force=option:domain-search,{network.Domain}";
        if (network.Mtu != 1500)
        {
            yield return $"dhcp-option-force=option:mtu,{network.Mtu}";
        }

        // Without ranges: every address of the subnet. dnsmasq spares its own and those of dhcp-host lines.
        var ranges = network.Ipv4Ranges.IsEmpty ? [new(ipv4.At(1), ipv4.At(ipv4.Size - 2))] : network.Ipv4Ranges;
        foreach (var range in ranges)
        {
            yield return $"dhcp-range={range.First},{range.Last},{ipv4.Netmask},1h";
        }
    }

    private static IEnumerable<string> Ipv6(NetworkConfig network)
    {
        if (network.Ipv6 is not { } ipv6)
        {
            yield break;
        }

        yield return "enable-ra";
        yield return $"dhcp-option=option6:dns-server,[{ipv6.Address}]";
        yield return $"dhcp-option=option6:domain-search,{network.Domain}";
        yield return network switch
        {
            { Ipv6Dhcp: false } => $"dhcp-range=::,constructor:{network.Name},ra-only,{ipv6.Length}",
            { Ipv6Stateful: true } => $"dhcp-range={ipv6.At(2)},{Highest(ipv6)},{ipv6.Length},1h",
            _ => $"dhcp-range=::,constructor:{network.Name},ra-stateless,ra-names,{ipv6.Length}",
        };
    }

    private static System.Net.IPAddress Highest(IpPrefix prefix) => prefix.At(prefix.Size - 1);
}
