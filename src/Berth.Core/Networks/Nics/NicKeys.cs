using System.Collections.Immutable;
using Berth.Core.Devices;

namespace Berth.Core.Networks;

/// <summary>The configuration keys of NICs: which type has which.</summary>
internal static class NicKeys
{
    /// <summary>The types that Berth serves, as <c>nictype</c> names them.</summary>
    public static readonly ImmutableSortedDictionary<string, NicType> TypeNames = new Dictionary<string, NicType>
    {
        ["bridged"] = NicType.Bridged,
        ["macvlan"] = NicType.MacVlan,
        ["p2p"] = NicType.P2p,
        ["physical"] = NicType.Physical,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Types that Incus has too.</summary>
    private static readonly Dictionary<string, string> NotServed = new(StringComparer.Ordinal)
    {
        ["ipvlan"] = "use nictype=macvlan, which has a MAC address of its own on the parent",
        ["ovn"] = "Berth has no OVN; use network=NAME of a bridge",
        ["routed"] = "use nictype=p2p with ipv4.routes and ipv6.routes",
        ["sriov"] = "Berth does not hand out virtual functions; give one to a container by its interface's name with nictype=physical",
    };

    private static readonly string[] Always = ["type", "nictype", "name", "hwaddr", "mtu"];

    internal static readonly Dictionary<NicType, string[]> Keys = new()
    {
        [NicType.Bridged] =
        [
            .. Always, "network", "parent", "host_name", "limits.ingress", "limits.egress", "limits.max",
            "security.mac_filtering", "security.ipv4_filtering", "security.ipv6_filtering", "ipv4.address", "ipv6.address",
        ],
        [NicType.P2p] = [.. Always, "host_name", "limits.ingress", "limits.egress", "limits.max", "ipv4.routes", "ipv6.routes"],
        [NicType.MacVlan] = [.. Always, "parent", "mode"],
        [NicType.Physical] = [.. Always, "parent"],
    };

    /// <summary>Keys of Incus' NICs of each type that Berth does not serve.</summary>
    private static readonly Dictionary<NicType, string[]> IncusOnly = new()
    {
        [NicType.Bridged] =
        [
            "attached", "boot.priority", "connected", "io.bus", "ipv4.gateway", "ipv4.routes", "ipv4.routes.external", "ipv6.gateway", "ipv6.routes",
            "ipv6.routes.external", "limits.priority", "queue.tx.length", "security.acls",
            "security.acls.default.egress.action", "security.acls.default.egress.logged", "security.acls.default.ingress.action",
            "security.acls.default.ingress.logged", "security.port_isolation", "vlan", "vlan.tagged",
        ],
        [NicType.P2p] = ["attached", "boot.priority", "connected", "io.bus", "limits.priority", "queue.tx.length"],
        [NicType.MacVlan] = ["attached", "boot.priority", "connected", "gvrp", "io.bus", "network", "vlan"],
        [NicType.Physical] = ["attached", "boot.priority", "gvrp", "network", "vlan", "vlan.tagged"],
    };

    /// <summary>A NIC's own value of a key, else the instance's <c>volatile.DEVICE.KEY</c>, else empty.</summary>
    public static string Value(
        string key, string device, IReadOnlyDictionary<string, string> config, IReadOnlyDictionary<string, string> instanceConfig) =>
        config.GetValueOrDefault(key, "") is { Length: > 0 } own ? own : instanceConfig.GetValueOrDefault($"volatile.{device}.{key}", "");

    /// <summary>The type of a NIC; managed networks are bridges.</summary>
    public static NicType TypeOf(IReadOnlyDictionary<string, string> config) => TypeNames.GetValueOrDefault(config.GetValueOrDefault("nictype", ""), NicType.Bridged);

    /// <summary>Checks keys and values, each for itself; what they refer to is checked when the NIC is resolved.</summary>
    /// <exception cref="BerthException">BadRequest or Unsupported that names the device and the key.</exception>
    public static void Validate(string device, IReadOnlyDictionary<string, string> config)
    {
        var nicType = config.GetValueOrDefault("nictype", "");
        if (NotServed.TryGetValue(nicType, out var advice))
        {
            throw BerthException.Unsupported($"Device \"{device}\": NICs of type {nicType} are not supported: {advice}");
        }

        RequireParent(device, config);
        var type = TypeOf(config);
        foreach (var (key, value) in config)
        {
            if (!Keys[type].Contains(key))
            {
                throw Unknown(device, type, key);
            }

            if (value.Length > 0 && NicForms.Problem(key, value) is { } reason)
            {
                throw BerthException.BadRequest($"Device \"{device}\": invalid value \"{value}\" for {key}: {reason}");
            }
        }

        RequireAddress(device, config, "ipv4");
        RequireAddress(device, config, "ipv6");
    }

    public static NicGuard Guard(IReadOnlyDictionary<string, string> config) => new()
    {
        Mac = DeviceValues.IsTrue(config, "security.mac_filtering"),
        Ipv4 = DeviceValues.IsTrue(config, "security.ipv4_filtering"),
        Ipv6 = DeviceValues.IsTrue(config, "security.ipv6_filtering"),
        Ingress = BitRate.TryParse(config.GetValueOrDefault("limits.ingress", "")) ?? BitRate.TryParse(config.GetValueOrDefault("limits.max", "")),
        Egress = BitRate.TryParse(config.GetValueOrDefault("limits.egress", "")) ?? BitRate.TryParse(config.GetValueOrDefault("limits.max", "")),
    };

    private static void RequireParent(string device, IReadOnlyDictionary<string, string> config)
    {
        var (network, parent, nicType) = (config.GetValueOrDefault("network", ""), config.GetValueOrDefault("parent", ""), config.GetValueOrDefault("nictype", ""));
        if (network.Length > 0 && (parent.Length > 0 || nicType.Length > 0))
        {
            throw BerthException.BadRequest(
                $"Device \"{device}\": give network=NAME alone, which is a bridge; or nictype (bridged, macvlan, p2p, physical) and parent; not both");
        }

        if (parent.Length > 0 && nicType.Length == 0)
        {
            throw BerthException.BadRequest($"Device \"{device}\": parent={parent} needs nictype=bridged, macvlan or physical");
        }

        if (network.Length == 0 && parent.Length == 0 && nicType != "p2p")
        {
            throw BerthException.BadRequest(nicType is "macvlan" or "physical"
                ? $"Device \"{device}\": nictype={nicType} needs parent=INTERFACE, an interface of the host"
                : $"Device \"{device}\" is on no network; give network=NAME, or nictype=bridged and parent=BRIDGE");
        }
    }

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

    private static BerthException Unknown(string device, NicType type, string key)
    {
        var text = $"Device \"{device}\": ";
        var supported = $"supported: {string.Join(", ", Keys[type])}";
        return IncusOnly[type].Contains(key) ? BerthException.Unsupported($"{text}the key {key} is not supported for NICs of this type yet; {supported}")
            : Suggestions.Nearest(key, Keys[type]) is { } nearest ? BerthException.BadRequest($"{text}unknown key \"{key}\"; did you mean {nearest}?")
            : BerthException.BadRequest($"{text}unknown key \"{key}\"; {supported}");
    }
}
