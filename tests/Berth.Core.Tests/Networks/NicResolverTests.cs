using System.Collections.Immutable;
using System.Net;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Core.Networks.Config;

namespace Berth.Core.Tests.Networks;

public sealed class NicResolverTests
{
    private static readonly NetworkConfig Network = NetworkConfig.Parse(new()
    {
        Name = "net0", Hwaddr = "10:66:6a:00:00:01", Config = ImmutableSortedDictionary<string, string>.Empty.Add("ipv4.address", "10.1.2.1/24"),
    });

    private static readonly NicUse Rival = new("other", "eth0", "net0")
    {
        Mac = "10:66:6a:00:00:09", HostName = "vethother", Ipv4 = IPAddress.Parse("10.1.2.9"),
    };

    [Fact]
    public void What_is_not_said_is_generated_and_what_is_stored_is_kept()
    {
        var fresh = Resolve([]);
        Assert.Matches("^10:66:6a(:[0-9a-f]{2}){3}$", fresh.Mac);
        Assert.Matches("^veth[0-9a-f]{8}$", fresh.HostName);
        Assert.Equal(("eth0", "net0", "net0", (int?)null), (fresh.GuestName, fresh.Bridge, fresh.Network, fresh.Mtu));
        var again = Resolve([], [("volatile.eth0.hwaddr", fresh.Mac), ("volatile.eth0.host_name", fresh.HostName)]);
        Assert.Equal(fresh, again);
        var own = Resolve([("hwaddr", "02:00:00:00:00:0A"), ("host_name", "mine"), ("name", "wan"), ("mtu", "1400"), ("ipv4.address", "10.1.2.7")]);
        Assert.Equal(("02:00:00:00:00:0a", "mine", "wan", 1400, "10.1.2.7"), (own.Mac, own.HostName, own.GuestName, own.Mtu, own.Ipv4!.ToString()));
    }

    [Theory]
    [InlineData("ipv4.address", "10.1.2.9", "belongs to eth0 of the instance other")]
    [InlineData("ipv4.address", "10.1.2.1", "gateway")]
    [InlineData("ipv4.address", "10.1.3.1", "no host address of 10.1.2.0/24")]
    [InlineData("ipv4.address", "10.1.2.255", "no host address")]
    [InlineData("ipv4.address", "10.1.2.77", "is leased to 10:66:6a:77:77:77")]
    [InlineData("ipv6.address", "fd42::7", "ipv6.dhcp.stateful=true")]
    [InlineData("hwaddr", "10:66:6a:00:00:09", "belongs to eth0 of the instance other")]
    [InlineData("host_name", "vethother", "belongs to eth0 of the instance other")]
    public void Conflicts_are_refused_with_the_reason(string key, string value, string reason) =>
        Assert.Contains(reason, Assert.Throws<BerthException>(() => Resolve([(key, value)])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("mtu", "x", "number of bytes")]
    [InlineData("ipv4.address", "10.1", "IPv4 address")]
    [InlineData("hwaddr", "nope", "MAC")]
    [InlineData("host_name", "../../etc", "interface name")]
    [InlineData("nictype", "macvlan", "bridged")]
    [InlineData("parent", "br0", "not both")]
    [InlineData("hwadr", "10:66:6a:00:00:09", "did you mean hwaddr?")]
    [InlineData("vlan", "7", "not supported")]
    public void Bad_configurations_are_refused_with_the_reason(string key, string value, string reason) =>
        Assert.Contains(
            reason,
            Assert.Throws<BerthException>(() => NicKeys.Validate("eth0", new Dictionary<string, string> { ["type"] = "nic", ["network"] = "net0", [key] = value })).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("p2p", "", "^veth", "^tap")]
    [InlineData("macvlan", "eth9", "^$", "^mac")]
    public void A_card_on_no_bridge_has_an_end_on_the_host_where_the_kernel_makes_one(string type, string parent, string container, string machine)
    {
        var spec = ResolveOther(InstanceKind.Container, ("nictype", type), ("parent", parent));
        Assert.Matches(container, spec.HostName);
        Assert.Equal(("", parent), (spec.Bridge, spec.Parent));
        Assert.Matches("^10:66:6a", spec.Mac);
        Assert.Matches(machine, ResolveOther(InstanceKind.Machine, ("nictype", type), ("parent", parent)).HostName);
    }

    [Fact]
    public void A_physical_card_keeps_its_name_and_address_and_is_for_containers()
    {
        var spec = ResolveOther(InstanceKind.Container, ("nictype", "physical"), ("parent", "eth9"), ("name", "wan"));
        Assert.Equal((NicType.Physical, "eth9", "eth9", "", "wan"), (spec.Type, spec.HostName, spec.Parent, spec.Mac, spec.GuestName));
        Assert.Contains("vfio", Assert.Throws<BerthException>(() => ResolveOther(InstanceKind.Machine, ("nictype", "physical"), ("parent", "eth9"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Routes_of_a_p2p_card_are_subnets()
    {
        var spec = ResolveOther(InstanceKind.Container, ("nictype", "p2p"), ("ipv4.routes", "10.1.0.0/24, 10.2.0.1/32"), ("ipv6.routes", "fd00::/64"));
        Assert.Equal(["10.1.0.0/24", "10.2.0.1/32", "fd00::/64"], spec.Routes.Select(r => r.ToString()));
    }

    [Theory]
    [InlineData("nictype=routed", ErrorKind.Unsupported, "p2p")]
    [InlineData("nictype=ovn,network=net0", ErrorKind.Unsupported, "OVN")]
    [InlineData("nictype=sriov,parent=x", ErrorKind.Unsupported, "physical")]
    [InlineData("nictype=loud", ErrorKind.BadRequest, "nictype")]
    [InlineData("nictype=macvlan", ErrorKind.BadRequest, "parent=INTERFACE")]
    [InlineData("nictype=p2p,ipv4.routes=10.1.0.7/24", ErrorKind.BadRequest, "ipv4.routes")]
    [InlineData("nictype=p2p,ipv6.routes=10.1.0.0/24", ErrorKind.BadRequest, "IPv6 subnets")]
    [InlineData("nictype=p2p,parent=x", ErrorKind.BadRequest, "parent")]
    [InlineData("nictype=macvlan,parent=x,mode=loud", ErrorKind.BadRequest, "passthru")]
    [InlineData("nictype=macvlan,parent=x,vlan=7", ErrorKind.Unsupported, "vlan")]
    [InlineData("nictype=physical,parent=x,gvrp=true", ErrorKind.Unsupported, "gvrp")]
    [InlineData("nictype=physical,parent=x,limits.max=1Mbit", ErrorKind.BadRequest, "limits.max")]
    [InlineData("parent=x", ErrorKind.BadRequest, "nictype")]
    public void Each_type_has_its_own_keys(string keys, ErrorKind kind, string named)
    {
        var device = keys.Split(',').Select(k => k.Split('=')).ToDictionary(k => k[0], k => k[1]);
        var error = Assert.Throws<BerthException>(() => NicKeys.Validate("eth0", device));
        Assert.Equal(kind, error.Kind);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private static NicSpec ResolveOther(InstanceKind kind, params (string Key, string Value)[] device) =>
        new NicResolver([Rival], []).Resolve(
            new("self", kind, "eth0", device.Append(("type", "nic")).ToDictionary(d => d.Item1, d => d.Item2), new Dictionary<string, string>()), null, _ => null);

    private static NicSpec Resolve((string Key, string Value)[] device, (string Key, string Value)[]? instance = null) =>
        new NicResolver([Rival, new("self", "eth0", "net0") { Ipv4 = IPAddress.Parse("10.1.2.7") }], []).Resolve(
            new(
                "self",
                InstanceKind.Container,
                "eth0",
                device.Append(("type", "nic")).Append(("network", "net0")).ToDictionary(d => d.Item1, d => d.Item2),
                (instance ?? []).ToDictionary(d => d.Key, d => d.Value)),
            Network,
            address => address.ToString() == "10.1.2.77" ? "10:66:6a:77:77:77" : null);
}
