using System.Collections.Immutable;
using System.Net;
using Berth.Core.Networks;
using Berth.Core.Networks.Config;
using CsCheck;

namespace Berth.Core.Tests.Networks;

public sealed class NetworkConfigTests
{
    [Theory]
    [InlineData("ipv4.address", "10.1.2.1/24")]
    [InlineData("ipv4.address", "none")]
    [InlineData("ipv6.address", "fd42:1::1/64")]
    [InlineData("ipv4.dhcp.ranges", "")]
    [InlineData("dns.domain", "lab.example.net")]
    [InlineData("dns.mode", "dynamic")]
    [InlineData("bridge.mtu", "9000")]
    [InlineData("bridge.hwaddr", "10:66:6A:01:02:03")]
    [InlineData("user.anything", "goes")]
    public void Good_values_are_taken(string key, string value) => NetworkConfig.Parse(Record((key, value)));

    [Theory]
    [InlineData("ipv4.address", "10.1.2.1", "prefix length")]
    [InlineData("ipv4.address", "10.1.2.0/24", "the subnet itself")]
    [InlineData("ipv4.address", "10.1.2.255/24", "the subnet itself")]
    [InlineData("ipv4.address", "10.1/24", "prefix length")]
    [InlineData("ipv4.address", "10.1.2.1/33", "prefix length")]
    [InlineData("ipv4.address", "10.1.2.1/31", "from 8 to 30")]
    [InlineData("ipv4.address", "127.0.0.1/8", "loopback")]
    [InlineData("ipv4.address", "fd42::1/64", "prefix length")]
    [InlineData("ipv6.address", "fe80::1/64", "link-local")]
    [InlineData("ipv6.address", "fd42::1/80", "ipv6.dhcp.stateful=true")]
    [InlineData("ipv4.dhcp.ranges", "10.9.0.5-10.9.0.9", "outside")]
    [InlineData("ipv4.dhcp.ranges", "10.9.0.9-10.9.0.5", "FIRST-LAST")]
    [InlineData("ipv4.nat", "maybe", "true or false")]
    [InlineData("dns.domain", "a b", "DNS name")]
    [InlineData("dns.domain", "x\nconf-script=/bin/sh", "DNS name")]
    [InlineData("bridge.mtu", "12", "68 to 65535")]
    [InlineData("bridge.hwaddr", "11:66:6a:01:02:03", "unicast")]
    [InlineData("ipv4.adress", "10.1.2.1/24", "did you mean ipv4.address?")]
    [InlineData("raw.dnsmasq", "x", "not supported")]
    [InlineData("bridge.driver", "openvswitch", "not supported")]
    [InlineData("nonsense", "x", "unknown key \"nonsense\"")]
    public void Bad_values_are_refused_with_the_reason(string key, string value, string reason)
    {
        var message = Assert.Throws<BerthException>(() => NetworkConfig.Parse(Record((key, value)))).Message;
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.Contains("net0", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("lo")]
    [InlineData("all")]
    [InlineData("-x")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("sixteen-letters0")]
    public void Bad_names_are_refused(string name) => Assert.Throws<BerthException>(() => BridgeName.Validate(name));

    [Fact]
    public void Auto_avoids_what_is_taken() =>
        Gen.Byte.Sample(second =>
        {
            var taken = Enumerable.Range(0, 256).Where(i => i != second).Select(i => (new IpPrefix(new IPAddress([10, (byte)i, 0, 0]), 16), "x")).ToList();
            var picked = new SubnetPicker(taken);
            Assert.Equal(second, Pick(picked)?.Address.GetAddressBytes()[1] ?? second);
        }, iter: 20);

    [Fact]
    public void A_new_network_gets_addresses_and_nat_and_keeps_what_was_said()
    {
        var planner = new NetworkPlanner([], []);
        var chosen = planner.Complete(new() { Name = "net0" }).Config;
        Assert.EndsWith(".1/24", chosen["ipv4.address"], StringComparison.Ordinal);
        Assert.Equal("true", chosen["ipv4.nat"]);
        var said = planner.Complete(Record(("ipv4.address", "10.3.4.5/16"), ("ipv6.address", "none"))).Config;
        Assert.Equal("10.3.4.5/16", said["ipv4.address"]);
        Assert.False(said.ContainsKey("ipv4.nat"));
    }

    [Fact]
    public void Prefixes_know_their_subnet() =>
        Gen.Select(Gen.UInt, Gen.Int[8, 30]).Sample((number, length) =>
        {
            var address = new IPAddress([(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number]);
            var prefix = new IpPrefix(address, length);
            var reference = new IPNetwork(prefix.First, length);
            Assert.True(reference.Contains(address) && reference.Contains(prefix.Last) && prefix.Contains(prefix.Last));
            Assert.True(prefix.Overlaps(new(prefix.Last, 32)) && new IpPrefix(prefix.First, 32).Overlaps(prefix));
        });

    private static IpPrefix? Pick(SubnetPicker picker)
    {
        try
        {
            return picker.PickIpv4();
        }
        catch (BerthException e) when (e.Kind == ErrorKind.NoSpace)
        {
            // One /16 of 256: a thousand random tries may all miss it.
            return null;
        }
    }

    private static NetworkRecord Record(params (string Key, string Value)[] config) => new()
    {
        Name = "net0", Hwaddr = "10:66:6a:00:00:01",
        Config = ImmutableSortedDictionary.CreateRange(config.Select(c => KeyValuePair.Create(c.Key, c.Value))),
    };
}
