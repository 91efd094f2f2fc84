using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Linux.Processes;

namespace Berth.Core.Devices.Proxies;

/// <summary>
/// Proxies by NAT (<c>nat=true</c>): nftables sends what comes for the host on to an instance's static address. Each has a table of its own
/// beside the daemon's, which outlives the daemon and goes with the instance.
/// </summary>
internal sealed class ProxyNat(string table)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Puts the rules in place, instead of earlier ones of the same device.</summary>
    /// <exception cref="BerthException">BadRequest: the instance has no such static address; Unsupported: this host has no NAT.</exception>
    public Task ApplyAsync(InstanceId id, ProxyPart part, IReadOnlyList<NicSpec> nics, CancellationToken cancel) =>
        RunAsync(part.Device, Rules(TableOf(id, part.Device), part, Target(id, part, nics)), cancel);

    public Task RemoveAsync(InstanceId id, string device, CancellationToken cancel) => RunAsync(device, Removal(TableOf(id, device)), cancel);

    /// <summary>Two that want the same port of the same address.</summary>
    public static bool Collide(ProxyPart one, ProxyPart other) =>
        one.Listen.Protocol == other.Listen.Protocol
        && one.Listen.Address!.AddressFamily == other.Listen.Address!.AddressFamily
        && (one.Listen.Address.Equals(other.Listen.Address) || IsAny(one.Listen.Address) || IsAny(other.Listen.Address))
        && one.Listen.Ports.Intersect(other.Listen.Ports).Any();

    /// <summary>As Incus: the connection's address must be one of the instance's own static ones, so that nobody else's traffic is touched.</summary>
    internal static IPAddress Target(InstanceId id, ProxyPart part, IReadOnlyList<NicSpec> nics)
    {
        var wanted = part.Connect.Address!;
        var family = wanted.AddressFamily == AddressFamily.InterNetwork ? 4 : 6;
        var own = nics.OrderBy(n => n.Device, StringComparer.Ordinal).Select(n => family == 4 ? n.Ipv4 : n.Ipv6).OfType<IPAddress>().ToList();
        return own.Find(a => IsAny(wanted) || a.Equals(wanted))
            ?? throw BerthException.BadRequest(IsAny(wanted)
                ? $"Device \"{part.Device}\" of {id}: nat=true needs a network card with a static address; set ipv{family}.address on one"
                : $"Device \"{part.Device}\" of {id}: {wanted} must be one of the instance's static IPv{family} addresses; set ipv{family}.address={wanted} on its network card");
    }

    internal static string Rules(string table, ProxyPart part, IPAddress target)
    {
        var (family, protocol) = (target.AddressFamily == AddressFamily.InterNetwork ? "ip" : "ip6", part.Listen.Protocol);
        var loopback = family == "ip" ? "127.0.0.0/8" : "::1";
        var to = IsAny(part.Listen.Address!) ? $"{family} daddr != {loopback} fib daddr type local" : $"{family} daddr {part.Listen.Address}";
        var rules = Mappings(part).Select(m => $"{to} {protocol} dport {m.Listen} dnat {family} to {Endpoint(target, m.Connect)}").ToList();
        var connect = string.Join(", ", Enumerable.Range(0, part.Listen.Ports.Length).Select(part.ConnectPort).Distinct());
        return $$"""
            {{Removal(table)}}table inet {{table}} {
            chain prerouting {
            type nat hook prerouting priority dstnat; policy accept;
            {{string.Join('\n', rules)}}
            }
            chain output {
            type nat hook output priority -100; policy accept;
            {{string.Join('\n', rules)}}
            }
            chain postrouting {
            type nat hook postrouting priority srcnat; policy accept;
            {{family}} saddr {{target}} {{family}} daddr {{target}} {{protocol}} dport { {{connect}} } masquerade
            }
            }

            """;
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static string Removal(string table) => $"table inet {table}\ndelete table inet {table}\n";

    /// <summary>As few rules as there can be; a connect port of null is the one that was asked for.</summary>
    private static IEnumerable<(string Listen, int? Connect)> Mappings(ProxyPart part)
    {
        var ports = part.Listen.Ports;
        var all = "{ " + string.Join(", ", ports) + " }";
        return part.Connect.Ports.Length == 1 ? [(all, part.Connect.Ports[0])]
            : part.Connect.Ports.SequenceEqual(ports) ? [(all, null)]
            : ports.Select((port, i) => ($"{port}", (int?)part.ConnectPort(i)));
    }

    private static string Endpoint(IPAddress address, int? port) =>
        port is null ? $"{address}" : address.AddressFamily == AddressFamily.InterNetwork ? $"{address}:{port}" : $"[{address}]:{port}";

    private static async Task RunAsync(string device, string ruleset, CancellationToken cancel)
    {
        try
        {
            await Spawner.RunCheckedAsync(
                [HostCommand.Find("nft", "nftables"), "-f", "-"], new() { StdinBytes = Encoding.UTF8.GetBytes(ruleset), Timeout = Deadline }, cancel);
        }
        catch (CommandException e)
        {
            throw BerthException.Unsupported($"Device \"{device}\": this host cannot forward by NAT; leave nat=true out, or load its kernel's nftables modules: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>Names of instances and devices have characters that those of tables have not.</summary>
    private string TableOf(InstanceId id, string device) =>
        $"{table}_proxy_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{id.Key}/{device}")))[..16];
}
