using Berth.Api;

namespace Berth.Cli.Commands.Instances;

/// <summary>The NIC device that attaches an instance to a network.</summary>
internal static class NicDevice
{
    /// <summary>A managed network is named; another bridge or link of the host is the parent.</summary>
    public static Dictionary<string, string> For(Network network, string interfaceName)
    {
        var device = new Dictionary<string, string>(StringComparer.Ordinal) { ["type"] = "nic", ["name"] = interfaceName };
        if (network.Managed)
        {
            device["network"] = network.Name;
            return device;
        }

        device["nictype"] = network.Type == "bridge" ? "bridged" : "macvlan";
        device["parent"] = network.Name;
        return device;
    }
}
