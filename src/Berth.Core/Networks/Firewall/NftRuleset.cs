using System.Text;
using Berth.Core.Networks.Config;

namespace Berth.Core.Networks.Firewall;

/// <summary>The text of the daemon's nftables table: what its bridges need, and nothing of anybody else's.</summary>
internal static class NftRuleset
{
    /// <summary>Replaces the whole table in one transaction; without networks it is removed.</summary>
    /// <param name="nat">False leaves masquerading out, for kernels without it.</param>
    public static string Build(string table, IReadOnlyCollection<NetworkConfig> networks, bool nat)
    {
        // "table" before "delete table": the deletion succeeds whether it was there or not.
        var text = new StringBuilder($"table inet {table}\ndelete table inet {table}\n");
        if (networks.Count == 0)
        {
            return text.ToString();
        }

        text.Append($"table inet {table} {{\n");
        Chain(text, "input", "type filter hook input priority filter; policy accept;", networks.SelectMany(Input));
        Chain(text, "output", "type filter hook output priority filter; policy accept;", networks.SelectMany(Output));
        Chain(text, "forward", "type filter hook forward priority filter; policy accept;", networks.SelectMany(Forward));
        if (nat)
        {
            Chain(text, "postrouting", "type nat hook postrouting priority srcnat; policy accept;", networks.SelectMany(Nat));
        }

        return text.Append("}\n").ToString();
    }

    private static void Chain(StringBuilder text, string name, string kind, IEnumerable<string> rules)
    {
        text.Append($"\tchain {name} {{\n\t\t{kind}\n");
        foreach (var rule in rules)
        {
            text.Append($"\t\t{rule}\n");
        }

        text.Append("\t}\n");
    }

    private static IEnumerable<string> Input(NetworkConfig network) => Services(network, "iifname", "dport", "67", "547");

    private static IEnumerable<string> Output(NetworkConfig network) => Services(network, "oifname", "sport", "67", "547");

    /// <summary>DNS, DHCP and the ICMP without which neither path MTU nor IPv6 neighbours work.</summary>
    private static IEnumerable<string> Services(NetworkConfig network, string side, string port, string dhcp, string dhcp6)
    {
        var on = $"{side} \"{network.Name}\"";
        if (network is { Ipv4: not null, Ipv4Firewall: true })
        {
            yield return $"{on} meta nfproto ipv4 tcp {port} 53 accept";
            yield return $"{on} meta nfproto ipv4 udp {port} {{ 53, {dhcp} }} accept";
            yield return $"{on} icmp type {{ echo-request, echo-reply, destination-unreachable, time-exceeded, parameter-problem }} accept";
        }

        if (network is { Ipv6: not null, Ipv6Firewall: true })
        {
            yield return $"{on} meta nfproto ipv6 tcp {port} 53 accept";
            yield return $"{on} meta nfproto ipv6 udp {port} {{ 53, {dhcp6} }} accept";
            yield return $"{on} icmpv6 type {{ echo-request, echo-reply, destination-unreachable, packet-too-big, time-exceeded, parameter-problem, "
                + "nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-query, mld-listener-report, mld2-listener-report } accept";
        }
    }

    private static IEnumerable<string> Forward(NetworkConfig network)
    {
        foreach (var (present, family) in new[]
        {
            (network is { Ipv4: not null, Ipv4Firewall: true }, "ipv4"),
            (network is { Ipv6: not null, Ipv6Firewall: true }, "ipv6"),
        })
        {
            if (present)
            {
                yield return $"meta nfproto {family} iifname \"{network.Name}\" accept";
                yield return $"meta nfproto {family} oifname \"{network.Name}\" accept";
            }
        }
    }

    private static IEnumerable<string> Nat(NetworkConfig network)
    {
        if (network is { Ipv4: { } ipv4, Ipv4Nat: true })
        {
            yield return $"ip saddr {ipv4.Subnet} ip daddr != {ipv4.Subnet} masquerade";
        }

        if (network is { Ipv6: { } ipv6, Ipv6Nat: true })
        {
            yield return $"ip6 saddr {ipv6.Subnet} ip6 daddr != {ipv6.Subnet} masquerade";
        }
    }
}
