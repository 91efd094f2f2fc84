using Berth.Core.Devices;
using Berth.Core.Networks.Config;

namespace Berth.Core.Networks;

/// <summary>The configuration keys of a bridged NIC, and the form of each one's value.</summary>
internal static class NicKeys
{
    private static readonly Dictionary<string, Func<string, string?>> Known = new()
    {
        ["type"] = v => v == "nic" ? null : "give nic",
        ["nictype"] = v => v == "bridged" ? null : "Berth serves bridged NICs; give network=NAME, or nictype=bridged and parent=BRIDGE",
        ["network"] = v => BridgeName.IsInterfaceName(v) ? null : "give the name of a network",
        ["parent"] = v => BridgeName.IsInterfaceName(v) ? null : "give the name of a bridge of the host",
        ["name"] = v => BridgeName.IsInterfaceName(v) ? null : "give an interface name of at most 15 letters, digits, hyphens, underscores and dots",
        ["host_name"] = v => BridgeName.IsInterfaceName(v) ? null : "give an interface name of at most 15 letters, digits, hyphens, underscores and dots",
        ["hwaddr"] = v => MacAddress.IsValid(v) ? null : "give a unicast MAC address such as 10:66:6a:01:02:03",
        ["mtu"] = v => int.TryParse(v, out var mtu) && mtu is >= 68 and <= 65535 ? null : "give a number of bytes from 68 to 65535",
        ["limits.ingress"] = Rate,
        ["limits.egress"] = Rate,
        ["limits.max"] = Rate,
        ["security.mac_filtering"] = DeviceValues.Boolean,
        ["security.ipv4_filtering"] = DeviceValues.Boolean,
        ["security.ipv6_filtering"] = DeviceValues.Boolean,
        ["ipv4.address"] = v => v == "none" || IpPrefix.TryParseAddress(v, out var a) && a.GetAddressBytes().Length == 4 ? null : "give an IPv4 address without prefix length",
        ["ipv6.address"] = v => v == "none" || IpPrefix.TryParseAddress(v, out var a) && a.GetAddressBytes().Length == 16 ? null : "give an IPv6 address without prefix length",
    };

    /// <summary>Keys of Incus' bridged NICs that Berth does not serve.</summary>
    private static readonly string[] IncusOnly =
    [
        "attached", "boot.priority", "connected", "io.bus", "ipv4.gateway", "ipv4.routes", "ipv4.routes.external", "ipv6.gateway", "ipv6.routes",
        "ipv6.routes.external", "limits.priority", "queue.tx.length", "security.acls",
        "security.acls.default.egress.action", "security.acls.default.egress.logged", "security.acls.default.ingress.action",
        "security.acls.default.ingress.logged", "security.port_isolation", "vlan", "vlan.tagged",
    ];

    /// <summary>A NIC's own value of a key, else the instance's <c>volatile.DEVICE.KEY</c>, else empty.</summary>
    public static string Value(
        string key, string device, IReadOnlyDictionary<string, string> config, IReadOnlyDictionary<string, string> instanceConfig) =>
        config.GetValueOrDefault(key, "") is { Length: > 0 } own ? own : instanceConfig.GetValueOrDefault($"volatile.{device}.{key}", "");

    /// <summary>Checks keys and values, each for itself; what they refer to is checked when the NIC is resolved.</summary>
    /// <exception cref="BerthException">BadRequest or Unsupported that names the device and the key.</exception>
    public static void Validate(string device, IReadOnlyDictionary<string, string> config)
    {
        foreach (var (key, value) in config)
        {
            if (!Known.TryGetValue(key, out var check))
            {
                throw Unknown(device, key);
            }

            if (value.Length > 0 && check(value) is { } reason)
            {
                throw BerthException.BadRequest($"Device \"{device}\": invalid value \"{value}\" for {key}: {reason}");
            }
        }

        RequireAddress(device, config, "ipv4");
        RequireAddress(device, config, "ipv6");
        var network = config.GetValueOrDefault("network", "");
        var parent = config.GetValueOrDefault("parent", "");
        if (network.Length > 0 && (parent.Length > 0 || config.GetValueOrDefault("nictype", "").Length > 0))
        {
            throw BerthException.BadRequest($"Device \"{device}\": give network=NAME alone, or nictype=bridged and parent=BRIDGE, not both");
        }

        if (network.Length == 0 && parent.Length == 0)
        {
            throw BerthException.BadRequest($"Device \"{device}\" is on no network; give network=NAME, or nictype=bridged and parent=BRIDGE");
        }

        if (parent.Length > 0 && config.GetValueOrDefault("nictype", "").Length == 0)
        {
            throw BerthException.BadRequest($"Device \"{device}\": parent={parent} needs nictype=bridged");
        }
    }

    public static NicGuard Guard(IReadOnlyDictionary<string, string> config) => new()
    {
        Mac = DeviceValues.IsTrue(config, "security.mac_filtering"),
        Ipv4 = DeviceValues.IsTrue(config, "security.ipv4_filtering"),
        Ipv6 = DeviceValues.IsTrue(config, "security.ipv6_filtering"),
        Ingress = BitRate.TryParse(config.GetValueOrDefault("limits.ingress", "")) ?? BitRate.TryParse(config.GetValueOrDefault("limits.max", "")),
        Egress = BitRate.TryParse(config.GetValueOrDefault("limits.egress", "")) ?? BitRate.TryParse(config.GetValueOrDefault("limits.max", "")),
    };

    /// <summary>What is not to be forged has to be known.</summary>
    private static void RequireAddress(string device, IReadOnlyDictionary<string, string> config, string family)
    {
        var address = config.GetValueOrDefault($"{family}.address", "");
        var filters = DeviceValues.IsTrue(config, $"security.{family}_filtering");
        if (filters && address.Length == 0)
        {
            throw BerthException.BadRequest($"Device \"{device}\": security.{family}_filtering needs {family}.address, the address that the instance may use, or {family}.address=none");
        }

        if (!filters && address == "none")
        {
            throw BerthException.BadRequest($"Device \"{device}\": {family}.address=none needs security.{family}_filtering=true");
        }
    }

    private static string? Rate(string value) => BitRate.TryParse(value) is null ? "give bits per second, more than 0, for example 10Mbit" : null;

    private static BerthException Unknown(string device, string key)
    {
        var text = $"Device \"{device}\": ";
        var supported = $"supported: {string.Join(", ", Known.Keys)}";
        return IncusOnly.Contains(key) ? BerthException.Unsupported($"{text}the key {key} is not supported for NICs yet; {supported}")
            : Suggestions.Nearest(key, Known.Keys) is { } nearest ? BerthException.BadRequest($"{text}unknown key \"{key}\"; did you mean {nearest}?")
            : BerthException.BadRequest($"{text}unknown key \"{key}\"; {supported}");
    }
}
