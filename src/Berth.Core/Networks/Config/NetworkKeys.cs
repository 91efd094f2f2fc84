namespace Berth.Core.Networks.Config;

/// <summary>The configuration keys of a managed bridge, and the form of each one's value.</summary>
internal static class NetworkKeys
{
    internal static readonly Dictionary<string, Func<string, string?>> Known = new()
    {
        ["bridge.hwaddr"] = v => MacAddress.IsValid(v) ? null : "give a unicast MAC address such as 10:66:6a:01:02:03",
        ["bridge.mtu"] = v => int.TryParse(v, out var mtu) && mtu is >= 68 and <= 65535 ? null : "give a number of bytes from 68 to 65535 (1280 at least for IPv6)",
        ["dns.domain"] = v => IsDomain(v) ? null : "give a DNS name such as berth or lab.example.net",
        ["dns.mode"] = v => v is "managed" or "dynamic" or "none" ? null : "give managed, dynamic or none",
        ["ipv4.address"] = v => v is "none" or "auto" ? null : Address(v, ipv4: true),
        ["ipv4.dhcp"] = Boolean,
        ["ipv4.dhcp.ranges"] = v => Ranges(v, ipv4: true),
        ["ipv4.firewall"] = Boolean,
        ["ipv4.nat"] = Boolean,
        ["ipv6.address"] = v => v is "none" or "auto" ? null : Address(v, ipv4: false),
        ["ipv6.dhcp"] = Boolean,
        ["ipv6.dhcp.stateful"] = Boolean,
        ["ipv6.firewall"] = Boolean,
        ["ipv6.nat"] = Boolean,
    };

    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>Prefixes of what Incus knows for bridges and Berth does not serve.</summary>
    private static readonly string[] IncusOnly =
        ["bgp.", "bridge.", "dns.", "ipv4.", "ipv6.", "raw.dnsmasq", "security.acls", "tunnel."];

    /// <summary>Whether the value of a boolean key means true.</summary>
    public static bool IsTrue(string value) => value.ToLowerInvariant() is "true" or "1" or "yes" or "on";

    /// <exception cref="BerthException">BadRequest or Unsupported that names the network and the key.</exception>
    public static void Validate(string network, string key, string value)
    {
        if (key.StartsWith("user.", StringComparison.Ordinal))
        {
            return;
        }

        if (!Known.TryGetValue(key, out var check))
        {
            throw Unknown(network, key);
        }

        if (value.Length > 0 && check(value) is { } reason)
        {
            throw BerthException.BadRequest($"Network \"{network}\": invalid value \"{value}\" for {key}: {reason}");
        }
    }

    private static BerthException Unknown(string network, string key)
    {
        var text = $"Network \"{network}\": ";
        if (Suggestions.Nearest(key, Known.Keys) is { } nearest)
        {
            return BerthException.BadRequest($"{text}unknown key \"{key}\"; did you mean {nearest}?");
        }

        return IncusOnly.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal))
            ? BerthException.Unsupported($"{text}the key {key} is not supported by Berth; supported: {string.Join(", ", Known.Keys)}, user.*")
            : BerthException.BadRequest($"{text}unknown key \"{key}\"; supported: {string.Join(", ", Known.Keys)}, user.*");
    }

    private static string? Boolean(string value) =>
        value.ToLowerInvariant() is "true" or "false" or "1" or "0" or "yes" or "no" or "on" or "off" ? null : "give true or false";

    private static string? Address(string value, bool ipv4)
    {
        var (example, most) = ipv4 ? ("10.1.2.1/24", 30) : ("fd42:1:2:3::1/64", 126);
        if (!IpPrefix.TryParse(value, out var prefix) || prefix.IsIpv4 != ipv4)
        {
            return $"give an address with its prefix length such as {example}, or auto, or none";
        }

        if (prefix.Length < 8 || prefix.Length > most)
        {
            return $"the prefix length must be from 8 to {most}";
        }

        if (prefix.Address.Equals(prefix.First) || (ipv4 && prefix.Address.Equals(prefix.Last)))
        {
            return $"{prefix.Address} is the address of the subnet itself; give the bridge's own address in it, such as {prefix.At(1)}/{prefix.Length}";
        }

        return ipv4 ? NotForHosts(prefix.Address.GetAddressBytes()[0])
            : prefix.Address.IsIPv6Multicast || prefix.Address.IsIPv6LinkLocal ? "multicast and link-local addresses cannot be used" : null;
    }

    private static string? NotForHosts(byte first) => first is 0 or 127 or >= 224 ? "loopback, multicast and reserved addresses cannot be used" : null;

    private static string? Ranges(string value, bool ipv4)
    {
        foreach (var part in value.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!IpRange.TryParse(part, out var range) || range.First.AddressFamily != (ipv4 ? System.Net.Sockets.AddressFamily.InterNetwork : System.Net.Sockets.AddressFamily.InterNetworkV6))
            {
                return "give FIRST-LAST, several with commas, such as 10.1.2.50-10.1.2.99";
            }
        }

        return null;
    }

    private static bool IsDomain(string value) =>
        value.Length <= 253 && value.Split('.').All(label =>
            label.Length is > 0 and <= 63
            && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-')
            && label[0] != '-' && label[^1] != '-');
}
