using System.Net;
using Berth.Core.Networks;

namespace Berth.Core.Tests.Networks;

public sealed class NicGuardTests
{
    private static readonly NicSpec Nic = new("eth0", "eth0", "veth1", "10:66:6a:01:02:03", "br0") { Ipv4 = IPAddress.Parse("10.1.0.5"), Ipv6 = IPAddress.Parse("fd00::5") };

    [Theory]
    [InlineData("10Mbit", 10_000_000L)]
    [InlineData("500kbit", 500_000L)]
    [InlineData("1Gibit", 1L << 30)]
    [InlineData("64", 64L)]
    [InlineData("0", null)]
    [InlineData("-1Mbit", null)]
    [InlineData("10MB", null)]
    [InlineData("Mbit", null)]
    [InlineData("", null)]
    [InlineData("99999999999999999999", null)]
    [InlineData("9999999999Tbit", null)]
    public void Rates_are_bits_per_second(string text, long? bits) => Assert.Equal(bits, BitRate.TryParse(text));

    [Fact]
    public void A_guard_lets_the_card_s_own_addresses_through_alone()
    {
        var rules = new NicGuard { Mac = true, Ipv4 = true, Ipv6 = true }.Rules("t", Nic).Split('\n');
        Assert.Equal(["table bridge t", "delete table bridge t", "table bridge t {"], rules[..3]);
        Assert.Contains("iifname != \"veth1\" accept", rules);
        Assert.Contains("ether saddr != 10:66:6a:01:02:03 drop", rules);
        Assert.Contains("arp saddr ip != { 0.0.0.0, 10.1.0.5 } drop", rules);
        Assert.Contains("ip saddr != 10.1.0.5 drop", rules);
        Assert.Contains("ip6 saddr != { ::, fd00::5, fe80::1266:6aff:fe01:203 } drop", rules);
        Assert.Contains("ether type { 8021q, 8021ad } drop", rules);
    }

    [Fact]
    public void A_card_without_an_address_sends_nothing_of_that_family()
    {
        var rules = new NicGuard { Ipv4 = true, Ipv6 = true }.Rules("t", Nic with { Ipv4 = null, Ipv6 = null }).Split('\n');
        Assert.Contains("ether type ip drop", rules);
        Assert.Contains("ether type arp drop", rules);
        Assert.Contains("ether type ip6 drop", rules);
    }

    [Theory]
    [InlineData("security.ipv4_filtering", "true", "ipv4.address")]
    [InlineData("ipv6.address", "none", "security.ipv6_filtering")]
    [InlineData("limits.max", "fast", "limits.max")]
    [InlineData("security.mac_filtering", "perhaps", "security.mac_filtering")]
    public void What_makes_no_sense_is_refused_by_name(string key, string value, string named)
    {
        var config = new Dictionary<string, string> { ["type"] = "nic", ["network"] = "br0", [key] = value };
        Assert.Contains(named, Assert.Throws<BerthException>(() => NicKeys.Validate("eth0", config)).Message, StringComparison.Ordinal);
    }
}
