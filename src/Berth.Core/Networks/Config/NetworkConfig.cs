using System.Collections.Immutable;

namespace Berth.Core.Networks.Config;

/// <summary>A network's configuration, parsed; nothing is left to choose.</summary>
internal sealed record NetworkConfig
{
    public required string Name { get; init; }

    public required string Hwaddr { get; init; }

    public int Mtu { get; init; } = 1500;

    public IpPrefix? Ipv4 { get; init; }

    public bool Ipv4Nat { get; init; }

    public bool Ipv4Dhcp { get; init; }

    public bool Ipv4Firewall { get; init; }

    public ImmutableArray<IpRange> Ipv4Ranges { get; init; } = [];

    public IpPrefix? Ipv6 { get; init; }

    public bool Ipv6Nat { get; init; }

    public bool Ipv6Dhcp { get; init; }

    public bool Ipv6Stateful { get; init; }

    public bool Ipv6Firewall { get; init; }

    public string Domain { get; init; } = "berth";

    /// <summary><c>managed</c>, <c>dynamic</c> or <c>none</c>.</summary>
    public string DnsMode { get; init; } = "managed";

    public IEnumerable<IpPrefix> Addresses => new[] { Ipv4, Ipv6 }.OfType<IpPrefix>();

    /// <summary>Checks every key and how they go together, and parses them.</summary>
    /// <exception cref="BerthException">BadRequest or Unsupported that names the network and the key.</exception>
    public static NetworkConfig Parse(NetworkRecord record)
    {
        BridgeName.Validate(record.Name);
        foreach (var (key, value) in record.Config)
        {
            NetworkKeys.Validate(record.Name, key, value);
        }

        var get = (string key) => record.Config.GetValueOrDefault(key, "");
        var isTrue = (string key, bool otherwise) => get(key) is { Length: > 0 } value ? NetworkKeys.IsTrue(value) : otherwise;
        var config = new NetworkConfig
        {
            Name = record.Name,
            Hwaddr = (get("bridge.hwaddr") is { Length: > 0 } given ? given : record.Hwaddr).ToLowerInvariant(),
            Mtu = get("bridge.mtu") is { Length: > 0 } mtu ? int.Parse(mtu) : 1500,
            Ipv4 = Address(get("ipv4.address")),
            Ipv4Nat = isTrue("ipv4.nat", false),
            Ipv4Dhcp = isTrue("ipv4.dhcp", true),
            Ipv4Firewall = isTrue("ipv4.firewall", true),
            Ipv4Ranges = [.. Ranges(get("ipv4.dhcp.ranges"))],
            Ipv6 = Address(get("ipv6.address")),
            Ipv6Nat = isTrue("ipv6.nat", false),
            Ipv6Dhcp = isTrue("ipv6.dhcp", true),
            Ipv6Stateful = isTrue("ipv6.dhcp.stateful", false),
            Ipv6Firewall = isTrue("ipv6.firewall", true),
            Domain = get("dns.domain") is { Length: > 0 } domain ? domain : "berth",
            DnsMode = get("dns.mode") is { Length: > 0 } mode ? mode : "managed",
        };
        config.RequireCoherence();
        return config;
    }

    private static IpPrefix? Address(string value) => IpPrefix.TryParse(value, out var prefix) ? prefix : null;

    private static IEnumerable<IpRange> Ranges(string value)
    {
        foreach (var part in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            yield return IpRange.TryParse(part, out var range) ? range : throw new FormatException(part);
        }
    }

    private void RequireCoherence()
    {
        foreach (var range in Ipv4Ranges)
        {
            if (Ipv4 is null || !Ipv4.Contains(range.First) || !Ipv4.Contains(range.Last))
            {
                throw BerthException.BadRequest(
                    $"Network \"{Name}\": the DHCP range {range.First}-{range.Last} is outside ipv4.address {Ipv4?.Subnet ?? "none"}");
            }
        }

        if (Ipv6 is not null && Mtu < 1280)
        {
            throw BerthException.BadRequest($"Network \"{Name}\": IPv6 needs bridge.mtu of 1280 at least; raise it or set ipv6.address=none");
        }

        if (Ipv6 is { Length: not 64 } && Ipv6Dhcp && !Ipv6Stateful)
        {
            throw BerthException.BadRequest(
                $"Network \"{Name}\": instances configure IPv6 themselves in a /64 only, not in a /{Ipv6.Length}; set ipv6.dhcp.stateful=true or give a /64");
        }
    }
}
