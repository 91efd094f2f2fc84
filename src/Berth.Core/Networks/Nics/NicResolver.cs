using System.Net;
using System.Security.Cryptography;
using Berth.Core.Instances;
using Berth.Core.Networks.Config;
using Berth.Linux.Netlink;

namespace Berth.Core.Networks;

/// <summary>Turns a NIC's configuration into a <see cref="NicSpec"/>: every choice is made here, and checked against the others.</summary>
/// <param name="others">NICs of all instances; the requested one may be among them.</param>
/// <param name="bridgeMacs">MAC addresses of the host's own bridges.</param>
internal sealed class NicResolver(IReadOnlyList<NicUse> others, IReadOnlyList<string> bridgeMacs)
{
    /// <param name="network">The managed network that it is on; null: an unmanaged bridge.</param>
    /// <param name="leasedTo">MAC address that holds a lease of an address, if any.</param>
    public NicSpec Resolve(NicRequest request, NetworkConfig? network, Func<IPAddress, string?> leasedTo)
    {
        var type = NicKeys.TypeOf(request.Config);
        if (type != NicType.Bridged)
        {
            return ResolveOther(request, type);
        }

        var bridge = network?.Name ?? request.Config["parent"];
        var rivals = others.Where(o => o.InstanceKey != request.InstanceKey || o.Device != request.Device).ToList();
        var mac = Mac(request, rivals, bridge);
        var spec = new NicSpec(request.Device, GuestName(request), HostName(request, rivals, NicType.Bridged), mac, bridge)
        {
            Mtu = Mtu(request),
            Network = network?.Name,
            Guard = NicKeys.Guard(request.Config),
            Ipv4 = Address(request, "ipv4.address"),
            Ipv6 = Address(request, "ipv6.address"),
        };
        foreach (var (key, address) in new[] { ("ipv4.address", spec.Ipv4), ("ipv6.address", spec.Ipv6) })
        {
            if (address is not null)
            {
                RequireFree(request, key, address, network, rivals, bridge);
                if (leasedTo(address) is { } holder && holder != mac)
                {
                    throw Wrong(request, key, $"{address} is leased to {holder} until that one gives it back; choose another address");
                }
            }
        }

        return spec;
    }

    /// <summary>One that is on no bridge: nobody gives it addresses.</summary>
    private NicSpec ResolveOther(NicRequest request, NicType type)
    {
        if (type == NicType.Physical && request.Kind == InstanceKind.Machine)
        {
            throw BerthException.Unsupported(
                $"Device \"{request.Device}\" of the instance {request.InstanceKey}: nictype=physical in a virtual machine needs PCI passthrough (an IOMMU and vfio-pci), "
                + "which Berth does not do; use nictype=macvlan with the same parent, or a bridge that the interface is a port of");
        }

        var rivals = others.Where(o => o.InstanceKey != request.InstanceKey || o.Device != request.Device).ToList();
        var parent = request.Config.GetValueOrDefault("parent", "");
        var onHost = type == NicType.P2p || (type == NicType.MacVlan && request.Kind == InstanceKind.Machine);
        return new(
            request.Device,
            GuestName(request),
            onHost ? HostName(request, rivals, type) : type == NicType.Physical ? parent : "",
            type == NicType.Physical ? request.Config.GetValueOrDefault("hwaddr", "").ToLowerInvariant() : Mac(request, rivals, parent),
            "")
        {
            Type = type,
            Parent = parent,
            Mode = request.Config.GetValueOrDefault("mode", "") is { Length: > 0 } mode ? Enum.Parse<MacVlanMode>(mode, ignoreCase: true) : MacVlanMode.Bridge,
            Mtu = Mtu(request),
            Guard = NicKeys.Guard(request.Config),
            Routes = [.. Routes(request, "ipv4.routes"), .. Routes(request, "ipv6.routes")],
        };
    }

    private static int? Mtu(NicRequest request) => request.Config.GetValueOrDefault("mtu", "") is { Length: > 0 } mtu ? int.Parse(mtu) : null;

    private static IEnumerable<IPNetwork> Routes(NicRequest request, string key) =>
        request.Config.GetValueOrDefault(key, "") is { Length: > 0 } list ? NicForms.Routes(list).Select(r => new IPNetwork(r!.Address, r.Length)) : [];

    private static IPAddress? Address(NicRequest request, string key) =>
        IpPrefix.TryParseAddress(request.Config.GetValueOrDefault(key, ""), out var address) ? address : null;

    private static void RequireFree(
        NicRequest request, string key, IPAddress address, NetworkConfig? network, List<NicUse> rivals, string bridge)
    {
        if (network is null)
        {
            throw Wrong(request, key, $"{bridge} is not managed by Berth, so it cannot give addresses; use network=NAME of a managed network");
        }

        var subnet = key == "ipv4.address" ? network.Ipv4 : network.Ipv6;
        var gives = key == "ipv4.address" ? network.Ipv4Dhcp : network is { Ipv6Dhcp: true, Ipv6Stateful: true };
        if (subnet is null || !gives)
        {
            throw Wrong(request, key, $"the network {network.Name} gives no such addresses; "
                + (key == "ipv4.address" ? "it needs ipv4.address and ipv4.dhcp=true" : "it needs ipv6.address and ipv6.dhcp.stateful=true"));
        }

        if (!subnet.Contains(address) || address.Equals(subnet.First) || (subnet.IsIpv4 && address.Equals(subnet.Last)))
        {
            throw Wrong(request, key, $"{address} is no host address of {subnet.Subnet}, the subnet of the network {network.Name}");
        }

        if (address.Equals(subnet.Address))
        {
            throw Wrong(request, key, $"{address} is the gateway's, the bridge itself");
        }

        if (rivals.Find(r => r.Network == bridge && (address.Equals(r.Ipv4) || address.Equals(r.Ipv6))) is { } owner)
        {
            throw new BerthException(ErrorKind.Conflict, Text(request, key, $"{address} belongs to {owner.Device} of the instance {owner.InstanceKey}"));
        }
    }

    private static string GuestName(NicRequest request)
    {
        var name = request.Config.GetValueOrDefault("name", "");
        name = name.Length > 0 ? name : request.InstanceConfig.GetValueOrDefault($"volatile.{request.Device}.name", "");
        name = name.Length > 0 ? name : request.Device;
        return BridgeName.IsInterfaceName(name) ? name
            : throw BerthException.BadRequest($"Device \"{request.Device}\": \"{name}\" cannot name an interface in the instance; give name=eth0 or the like");
    }

    private string Mac(NicRequest request, List<NicUse> rivals, string bridge)
    {
        var mac = NicKeys.Value("hwaddr", request.Device, request.Config, request.InstanceConfig).ToLowerInvariant();
        if (mac.Length == 0)
        {
            return MacAddress.Generate(others.Select(o => o.Mac).Concat(bridgeMacs).ToHashSet());
        }

        return rivals.Find(r => r.Mac == mac && r.Network == bridge && bridge.Length > 0) is { } owner
            ? throw new BerthException(ErrorKind.Conflict, Text(request, "hwaddr", $"{mac} belongs to {owner.Device} of the instance {owner.InstanceKey}"))
            : mac;
    }

    private string HostName(NicRequest request, List<NicUse> rivals, NicType type)
    {
        var name = NicKeys.Value("host_name", request.Device, request.Config, request.InstanceConfig);
        if (name.Length == 0)
        {
            return GenerateHostName(request.Kind == InstanceKind.Container ? "veth" : type == NicType.MacVlan ? "mac" : "tap");
        }

        return rivals.Find(r => r.HostName == name) is { } owner
            ? throw new BerthException(ErrorKind.Conflict, Text(request, "host_name", $"{name} belongs to {owner.Device} of the instance {owner.InstanceKey}"))
            : name;
    }

    private string GenerateHostName(string prefix)
    {
        while (true)
        {
            var name = prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
            if (others.All(o => o.HostName != name))
            {
                return name;
            }
        }
    }

    private static BerthException Wrong(NicRequest request, string key, string reason) => BerthException.BadRequest(Text(request, key, reason));

    private static string Text(NicRequest request, string key, string reason) =>
        $"Device \"{request.Device}\" of the instance {request.InstanceKey}: {key}: {reason}";
}
