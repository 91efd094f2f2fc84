using System.Collections.Immutable;
using Berth.Core.Networks.Config;

namespace Berth.Core.Networks;

/// <summary>Decides what a new or changed network's configuration is: <c>auto</c> is replaced, conflicts are refused.</summary>
/// <param name="others">The other networks.</param>
/// <param name="routes">The host's routes, apart from the network's own.</param>
internal sealed class NetworkPlanner(IEnumerable<NetworkConfig> others, IEnumerable<(IpPrefix Prefix, string Owner)> routes)
{
    private readonly SubnetPicker _subnets = new(
        [.. others.SelectMany(o => o.Addresses.Select(a => (a, $"the network {o.Name}"))), .. routes]);

    /// <summary>A new network: what is not said is <c>auto</c>.</summary>
    public NetworkRecord Complete(NetworkRecord wanted)
    {
        var config = wanted.Config;
        foreach (var key in new[] { "ipv4.address", "ipv6.address" })
        {
            config = config.GetValueOrDefault(key, "").Length == 0 ? config.SetItem(key, "auto") : config;
        }

        return Fill(wanted with { Config = config, Hwaddr = MacAddress.Generate(ImmutableHashSet<string>.Empty) }, null);
    }

    /// <summary>Replaces <c>auto</c> and checks that the subnets are free.</summary>
    /// <param name="old">The present configuration: a subnet that stays is not checked again.</param>
    public NetworkRecord Fill(NetworkRecord wanted, NetworkConfig? old)
    {
        // Drops empty values: for the API they mean "not set".
        var config = wanted.Config.RemoveRange(wanted.Config.Where(c => c.Value.Length == 0).Select(c => c.Key));
        config = Auto(config, "ipv4", _subnets.PickIpv4);
        config = Sysctl.HasIpv6 ? Auto(config, "ipv6", _subnets.PickIpv6) : WithoutIpv6(config);
        var record = wanted with { Config = config };
        foreach (var address in NetworkConfig.Parse(record).Addresses)
        {
            if (old?.Addresses.Any(a => a.Subnet == address.Subnet) != true && _subnets.OwnerOf(address) is { } owner)
            {
                throw BerthException.BadRequest(
                    $"Network \"{wanted.Name}\": the subnet {address.Subnet} overlaps with {owner}; choose another one, or auto");
            }
        }

        return record;
    }

    private static ImmutableSortedDictionary<string, string> Auto(
        ImmutableSortedDictionary<string, string> config, string family, Func<IpPrefix> pick)
    {
        if (config.GetValueOrDefault($"{family}.address") != "auto")
        {
            return config;
        }

        config = config.SetItem($"{family}.address", pick().ToString());
        return config.ContainsKey($"{family}.nat") ? config : config.SetItem($"{family}.nat", "true");
    }

    private static ImmutableSortedDictionary<string, string> WithoutIpv6(ImmutableSortedDictionary<string, string> config) =>
        config.GetValueOrDefault("ipv6.address") == "auto" ? config.SetItem("ipv6.address", "none") : config;
}
