using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Berth.Core.Networks.Dhcp;
using Berth.Linux.Netlink;

namespace Berth.Core.Networks;

public sealed partial class NetworkService
{
    private const byte LinkScope = 253;
    private const byte HostScope = 254;

    /// <summary>Interfaces of the host that Berth does not manage, with what the API calls their type.</summary>
    public async Task<IReadOnlyList<(string Name, string Type)>> ListUnmanagedAsync(CancellationToken cancel)
    {
        var links = await _links.Netlink.GetLinksAsync(cancel);

        // The ends of virtual cables are not listed (as Incus): there are as many as containers, and they come and go.
        return [.. links.Where(l => !_networks.ContainsKey(l.Name) && !l.Name.StartsWith("veth", StringComparison.Ordinal)).Select(l => (l.Name, TypeOf(l)))];
    }

    /// <summary>State of a network, or of any interface of the host.</summary>
    /// <exception cref="BerthException">NotFound.</exception>
    public async Task<NetworkState> GetStateAsync(string name, CancellationToken cancel)
    {
        var links = await _links.Netlink.GetLinksAsync(cancel);
        var link = links.FirstOrDefault(l => l.Name == name)
            ?? throw BerthException.NotFound($"The host has no interface {name}" + (ProblemOf(name) is { } problem ? $": {problem}" : ""));
        var addresses = await _links.Netlink.GetAddressesAsync(cancel);
        return new()
        {
            Type = name == "lo" ? "loopback" : "broadcast",
            Up = link.IsUp,
            Hwaddr = link.Mac.ToText(),
            Mtu = link.Mtu,
            Addresses = [.. addresses.Where(a => a.LinkIndex == link.Index).Select(a => new NetworkAddress(a.Address, a.PrefixLength, Scope(a)))],
            BytesReceived = link.Stats.RxBytes,
            BytesSent = link.Stats.TxBytes,
            PacketsReceived = link.Stats.RxPackets,
            PacketsSent = link.Stats.TxPackets,
            Bridge = HostLinks.IsBridge(link) ? BridgeOf(link, links) : null,
        };
    }

    /// <summary>The addresses in use on a managed network: the bridge's own, configured ones, leases, and what instances chose for themselves.</summary>
    /// <exception cref="BerthException">NotFound.</exception>
    public async Task<IReadOnlyList<NetworkLease>> GetLeasesAsync(string name, CancellationToken cancel)
    {
        Get(name);
        if (!_networks.TryGetValue(name, out var network))
        {
            return [];
        }

        var config = network.Config;
        var hosts = network.Hosts.All();
        var names = hosts.Where(h => h.Name.Length > 0).DistinctBy(h => h.Mac).ToDictionary(h => h.Mac, h => h.Name);
        var known = config.Addresses.Select(a => new NetworkLease($"{name}.gw", config.Hwaddr, a.Address, LeaseType.Gateway))
            .Concat(hosts.SelectMany(h => new[] { h.Ipv4, h.Ipv6 }.OfType<IPAddress>().Select(a => new NetworkLease(h.Name, h.Mac, a, LeaseType.Static))));
        var leased = Current(network).Select(l => new NetworkLease(
            l.Hostname.Length > 0 ? l.Hostname : names.GetValueOrDefault(l.Mac ?? "", ""), l.Mac ?? "", l.Address, LeaseType.Dynamic));
        var chosen = (await NeighboursAsync(cancel)).Where(n => n.Bridge == name)
            .Select(n => new NetworkLease(names.GetValueOrDefault(n.Mac, ""), n.Mac, n.Address, LeaseType.Dynamic));
        return [.. known.Concat(leased).Concat(chosen).DistinctBy(l => l.Address)];
    }

    /// <summary>Addresses of instances by MAC address (lower case with colons): leases of all networks and what the kernel has seen on bridges.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<IPAddress>>> GetAddressesByMacAsync(CancellationToken cancel)
    {
        var leases = _networks.Values.SelectMany(Current).Where(l => l.Mac is not null).Select(l => (Mac: l.Mac!, l.Address));
        var seen = (await NeighboursAsync(cancel)).Select(n => (n.Mac, n.Address));
        return leases.Concat(seen).Distinct().GroupBy(a => a.Mac).ToDictionary(g => g.Key, IReadOnlyList<IPAddress> (g) => [.. g.Select(a => a.Address)]);
    }

    private static string TypeOf(Link link) => (link.Name, link.Kind) switch
    {
        ("lo", _) => "loopback",
        (_, "bridge" or "vlan" or "bond") => link.Kind,
        (_, "") => "physical",
        _ => "unknown",
    };

    private static string Scope(LinkAddress address) => address.Scope switch
    {
        LinkScope => "link",
        HostScope => "local",
        _ => "global",
    };

    private static BridgeState BridgeOf(Link bridge, IReadOnlyList<Link> links)
    {
        var read = (string file, string otherwise) =>
            File.Exists($"/sys/class/net/{bridge.Name}/bridge/{file}") ? File.ReadAllText($"/sys/class/net/{bridge.Name}/bridge/{file}").Trim() : otherwise;
        var kernelDefault = "8000." + Convert.ToHexStringLower(bridge.Mac.GetAddressBytes());
        return new(
            read("bridge_id", kernelDefault),
            read("stp_state", "0") != "0",
            ulong.Parse(read("forward_delay", "1500"), CultureInfo.InvariantCulture),
            [.. links.Where(l => l.MasterIndex == bridge.Index).Select(l => l.Name).Order()]);
    }

    private IEnumerable<DhcpLease> Current(ManagedNetwork network) => network.Leases().Where(l => l.Expires > _time.GetUtcNow());

    /// <summary>Neighbours that the kernel believes in, on bridges; link-local addresses left out.</summary>
    private async Task<IReadOnlyList<(string Bridge, string Mac, IPAddress Address)>> NeighboursAsync(CancellationToken cancel)
    {
        const ushort believed = 0x02 | 0x04 | 0x08 | 0x10; // REACHABLE, STALE, DELAY, PROBE
        var bridges = (await _links.Netlink.GetLinksAsync(cancel)).Where(HostLinks.IsBridge).ToDictionary(l => l.Index, l => l.Name);
        return
        [
            .. from n in await _links.Netlink.GetNeighboursAsync(cancel)
               where (n.State & believed) != 0 && bridges.ContainsKey(n.LinkIndex)
               where n.Address.AddressFamily == AddressFamily.InterNetwork || !n.Address.IsIPv6LinkLocal
               select (bridges[n.LinkIndex], n.Mac.ToText(), n.Address),
        ];
    }
}
