using System.Net;
using Berth.Core.Devices.Proxies;
using Berth.Core.Instances;
using Berth.Core.Networks;

namespace Berth.Core.Tests.Devices;

public sealed class ProxyNatTests
{
    private static readonly InstanceId Id = new("default", "web1");

    private static readonly NicSpec[] Cards =
    [
        new("eth0", "eth0", "veth0", "10:66:6a:00:00:01", "br0"),
        new("eth1", "eth1", "veth1", "10:66:6a:00:00:02", "br0") { Ipv4 = IPAddress.Parse("10.1.0.5"), Ipv6 = IPAddress.Parse("fd00::5") },
    ];

    [Theory]
    [InlineData("tcp:0.0.0.0:80-81", "tcp:10.1.0.5:80-81", "ip daddr != 127.0.0.0/8 fib daddr type local tcp dport { 80, 81 } dnat ip to 10.1.0.5")]
    [InlineData("tcp:192.0.2.1:80,443", "tcp:0.0.0.0:8080", "ip daddr 192.0.2.1 tcp dport { 80, 443 } dnat ip to 10.1.0.5:8080")]
    [InlineData("udp:192.0.2.1:1-2", "udp:10.1.0.5:11-12", "ip daddr 192.0.2.1 udp dport 2 dnat ip to 10.1.0.5:12")]
    [InlineData("tcp:[2001:db8::1]:80", "tcp:[::]:8080", "ip6 daddr 2001:db8::1 tcp dport { 80 } dnat ip6 to [fd00::5]:8080")]
    public void Ports_are_mapped_one_to_one_or_all_to_one(string listen, string connect, string rule)
    {
        var part = Part(listen, connect);
        var rules = ProxyNat.Rules("t", part, ProxyNat.Target(Id, part, Cards)).Split('\n');
        Assert.Equal(["table inet t", "delete table inet t", "table inet t {"], rules[..3]);
        Assert.Equal(2, rules.Count(r => r == rule));
    }

    [Theory]
    [InlineData("tcp:10.1.0.6:80", 1, "10.1.0.6 must be one of the instance's static IPv4 addresses")]
    [InlineData("tcp:0.0.0.0:80", 0, "needs a network card with a static address; set ipv4.address")]
    public void Nobody_else_s_traffic_is_touched(string connect, int cards, string reason) => Assert.Contains(
        reason, Assert.Throws<BerthException>(() => ProxyNat.Target(Id, Part("tcp:0.0.0.0:80", connect), cards == 0 ? [] : Cards)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("tcp:0.0.0.0:80", "tcp:192.0.2.1:80", true)]
    [InlineData("tcp:192.0.2.2:80", "tcp:192.0.2.1:80", false)]
    [InlineData("tcp:0.0.0.0:80", "udp:0.0.0.0:80", false)]
    [InlineData("tcp:0.0.0.0:80", "tcp:[::]:80", false)]
    [InlineData("tcp:0.0.0.0:80-90", "tcp:0.0.0.0:85", true)]
    [InlineData("tcp:0.0.0.0:80", "tcp:0.0.0.0:81", false)]
    public void Two_on_one_port_collide(string one, string other, bool collide) =>
        Assert.Equal(collide, ProxyNat.Collide(Part(one, "tcp:0.0.0.0:1"), Part(other, "tcp:0.0.0.0:1")));

    private static ProxyPart Part(string listen, string connect) => new("d", ProxyAddress.Parse(listen).Address!, ProxyAddress.Parse(connect).Address!) { Nat = true };
}
