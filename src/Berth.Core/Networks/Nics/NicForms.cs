using Berth.Core.Devices;
using Berth.Core.Networks.Config;

namespace Berth.Core.Networks;

/// <summary>The form of each key's value: what is wrong with one, null when nothing is.</summary>
internal static class NicForms
{
    private const string NameAdvice = "give an interface name of at most 15 letters, digits, hyphens, underscores and dots";

    private static readonly Dictionary<string, Func<string, string?>> Forms = new(StringComparer.Ordinal)
    {
        ["type"] = v => v == "nic" ? null : "give nic",
        ["nictype"] = v => NicKeys.TypeNames.ContainsKey(v) ? null : $"give one of {string.Join(", ", NicKeys.TypeNames.Keys)}",
        ["network"] = v => BridgeName.IsInterfaceName(v) ? null : "give the name of a network",
        ["parent"] = v => BridgeName.IsInterfaceName(v) ? null : "give the name of a bridge or interface of the host",
        ["name"] = v => BridgeName.IsInterfaceName(v) ? null : NameAdvice,
        ["host_name"] = v => BridgeName.IsInterfaceName(v) ? null : NameAdvice,
        ["hwaddr"] = v => MacAddress.IsValid(v) ? null : "give a unicast MAC address such as 10:66:6a:01:02:03",
        ["mtu"] = v => int.TryParse(v, out var mtu) && mtu is >= 68 and <= 65535 ? null : "give a number of bytes from 68 to 65535",
        ["mode"] = DeviceValues.OneOf("bridge", "vepa", "passthru", "private"),
        ["limits.ingress"] = Rate,
        ["limits.egress"] = Rate,
        ["limits.max"] = Rate,
        ["security.mac_filtering"] = DeviceValues.Boolean,
        ["security.ipv4_filtering"] = DeviceValues.Boolean,
        ["security.ipv6_filtering"] = DeviceValues.Boolean,
        ["ipv4.address"] = v => v == "none" || IpPrefix.TryParseAddress(v, out var a) && a.GetAddressBytes().Length == 4 ? null : "give an IPv4 address without prefix length",
        ["ipv6.address"] = v => v == "none" || IpPrefix.TryParseAddress(v, out var a) && a.GetAddressBytes().Length == 16 ? null : "give an IPv6 address without prefix length",
        ["ipv4.routes"] = v => Routes(v).Any(r => r is not { IsIpv4: true }) ? "give IPv4 subnets with their prefix lengths, separated by commas, for example 10.1.0.0/24,10.2.0.1/32" : null,
        ["ipv6.routes"] = v => Routes(v).Any(r => r is not { IsIpv4: false }) ? "give IPv6 subnets with their prefix lengths, separated by commas, for example fd00:1::/64" : null,
    };

    public static string? Problem(string key, string value) => Forms[key](value);

    /// <summary>Subnets of a list; null in place of what is none, or is no subnet's first address.</summary>
    public static IEnumerable<IpPrefix?> Routes(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries).Select(text => IpPrefix.TryParse(text, out var prefix) && prefix.First.Equals(prefix.Address) ? prefix : null);

    private static string? Rate(string value) => BitRate.TryParse(value) is null ? "give bits per second, more than 0, for example 10Mbit" : null;
}
