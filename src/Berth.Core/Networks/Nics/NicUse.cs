using System.Net;

namespace Berth.Core.Networks;

/// <summary>What a NIC of some instance has for itself, running or not: no other one may have the same.</summary>
/// <param name="InstanceKey">Key of the instance, see <c>InstanceId.Key</c>.</param>
/// <param name="Device">Name of the device.</param>
/// <param name="Network">Network or bridge that it is on.</param>
public sealed record NicUse(string InstanceKey, string Device, string Network)
{
    /// <summary>Lower case with colons; empty when it has none yet.</summary>
    public string Mac { get; init; } = "";

    /// <summary>Interface name on the host; empty when it has none yet.</summary>
    public string HostName { get; init; } = "";

    /// <summary>The static address, if it has one.</summary>
    public IPAddress? Ipv4 { get; init; }

    /// <summary>The static address, if it has one.</summary>
    public IPAddress? Ipv6 { get; init; }

    /// <summary>Reads it from a NIC's configuration and the instance's <c>volatile.*</c> values; null for other devices.</summary>
    public static NicUse? From(
        string instanceKey, string device, IReadOnlyDictionary<string, string> config, IReadOnlyDictionary<string, string> instanceConfig)
    {
        if (config.GetValueOrDefault("type") != "nic")
        {
            return null;
        }

        var bridge = config.GetValueOrDefault("network", "") is { Length: > 0 } network ? network : config.GetValueOrDefault("parent", "");
        return new(instanceKey, device, bridge)
        {
            Mac = NicKeys.Value("hwaddr", device, config, instanceConfig).ToLowerInvariant(),
            HostName = NicKeys.TypeOf(config) == NicType.Physical ? "" : NicKeys.Value("host_name", device, config, instanceConfig),
            Ipv4 = IPAddress.TryParse(config.GetValueOrDefault("ipv4.address"), out var ipv4) ? ipv4 : null,
            Ipv6 = IPAddress.TryParse(config.GetValueOrDefault("ipv6.address"), out var ipv6) ? ipv6 : null,
        };
    }
}
