using System.Net;
using System.Net.NetworkInformation;

namespace Berth.Core.Networks;

/// <summary>What a bridged NIC may send, and how much it may send and receive.</summary>
public sealed record NicGuard
{
    public static readonly NicGuard None = new();

    /// <summary>Frames with the NIC's own MAC address alone.</summary>
    public bool Mac { get; init; }

    /// <summary>IPv4 from its own address alone; from none where it has none.</summary>
    public bool Ipv4 { get; init; }

    /// <summary>IPv6 from its own and its link-local address alone; from none where it has none.</summary>
    public bool Ipv6 { get; init; }

    /// <summary>Bits per second that the instance receives; null: no limit.</summary>
    public long? Ingress { get; init; }

    /// <summary>Bits per second that the instance sends; null: no limit.</summary>
    public long? Egress { get; init; }

    /// <summary>There is something for nftables to do.</summary>
    public bool HasRules => Mac || Ipv4 || Ipv6 || Egress is not null;

    /// <summary>The rules for one NIC, in a table of its own, which replaces an earlier one.</summary>
    public string Rules(string table, NicSpec nic)
    {
        IEnumerable<string> rules =
        [
            $"iifname != \"{nic.HostName}\" accept",
            .. Mac || Ipv4 || Ipv6 ? MacRules(nic.Mac) : [],

            // Inside a VLAN tag the rules below would not see the addresses.
            .. Ipv4 || Ipv6 ? ["ether type { 8021q, 8021ad } drop"] : Array.Empty<string>(),
            .. Ipv4 ? Ipv4Rules(nic.Ipv4) : [],
            .. Ipv6 ? Ipv6Rules(nic.Ipv6, nic.Mac) : [],
            .. Egress is { } bits ? [$"limit rate over {Math.Max(1, bits / 8)} bytes/second burst {Burst(bits)} bytes drop"] : Array.Empty<string>(),
        ];
        return $"{Removal(table, nic)}table {Family(nic)} {table} {{\nchain guard {{\ntype filter hook prerouting priority filter; policy accept;\n{string.Join('\n', rules)}\n}}\n}}\n";
    }

    /// <summary>Removes the table, whether it is there or not.</summary>
    public static string Removal(string table, NicSpec nic) => $"table {Family(nic)} {table}\ndelete table {Family(nic)} {table}\n";

    /// <summary>A tenth of a second, and room for a few frames.</summary>
    public static long Burst(long bits) => Math.Max(64 << 10, bits / 80);

    /// <summary>What comes from a port of a bridge is seen by the bridge; else the host itself is who receives it.</summary>
    private static string Family(NicSpec nic) => nic.Type == NicType.Bridged ? "bridge" : "inet";

    private static IEnumerable<string> MacRules(string mac) => [$"ether saddr != {mac} drop", $"arp saddr ether != {mac} drop"];

    private static IEnumerable<string> Ipv4Rules(IPAddress? own) => own is null
        ? ["ether type arp drop", "ether type ip drop"]
        : ["ip saddr 0.0.0.0 udp dport 67 accept", $"arp saddr ip != {{ 0.0.0.0, {own} }} drop", $"ip saddr != {own} drop"];

    /// <summary>A guest that is no router announces none, and answers for no neighbour but itself.</summary>
    private static IEnumerable<string> Ipv6Rules(IPAddress? own, string mac)
    {
        if (own is null)
        {
            return ["ether type ip6 drop"];
        }

        var local = LinkLocal(mac);
        return
        [
            "icmpv6 type nd-router-advert drop",
            $"icmpv6 type nd-neighbor-advert @th,64,128 != {{ {Hex(own)}, {Hex(local)} }} drop",
            $"ip6 saddr != {{ ::, {own}, {local} }} drop",
        ];
    }

    private static string Hex(IPAddress address) => "0x" + Convert.ToHexStringLower(address.GetAddressBytes());

    /// <summary>RFC 4291, appendix A: what the kernel makes of a MAC address.</summary>
    internal static IPAddress LinkLocal(string mac)
    {
        var six = PhysicalAddress.Parse(mac).GetAddressBytes();
        return new([0xFE, 0x80, 0, 0, 0, 0, 0, 0, (byte)(six[0] ^ 2), six[1], six[2], 0xFF, 0xFE, six[3], six[4], six[5]]);
    }
}
