using System.Text.RegularExpressions;

namespace Berth.EndToEnd.Containers;

/// <summary>Addresses, names and NAT on the managed bridge.</summary>
public sealed partial class NetworkTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    [Fact]
    public async Task Instances_get_addresses_and_reach_each_other_by_name()
    {
        await LaunchAsync("c1");
        await LaunchAsync("c2");
        var address = await AddressAsync("c2");
        await AddressAsync("c1");
        Assert.Contains(address, await ExecAsync("c1", "ping", "-c", "1", "-W", "5", "c2"), StringComparison.Ordinal);
        Assert.Contains(address, (await Server.BerthAsync("list", "c2", "--format", "csv", "--columns", "4")).Line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_hardware_address_stays()
    {
        await LaunchAsync("c1");
        var address = await ExecAsync("c1", "cat", "/sys/class/net/eth0/address");
        await Server.BerthAsync("restart", "--force", "c1");
        Assert.Equal(address, await ExecAsync("c1", "cat", "/sys/class/net/eth0/address"));
    }

    [Fact]
    public async Task A_fixed_address_is_the_one_that_is_had()
    {
        var network = await Server.Api.GetAsync("/1.0/networks/" + Server.Place.Bridge, Cancellation);
        var prefix = LastByte().Replace(network.GetProperty("config").GetProperty("ipv4.address").GetString()!, "");
        await LaunchAsync("c1", "-d", $"eth0,ipv4.address={prefix}.200");
        Assert.Equal($"{prefix}.200", await AddressAsync("c1"));
    }

    [Fact]
    public async Task The_bridge_answers_and_the_gateway_leads_out()
    {
        await LaunchAsync("c1");
        await AddressAsync("c1");
        await ExecAsync("c1", "sh", "-c", "ping -c 1 -W 5 $(ip route | awk '/default/ { print $3 }')");
        var rules = (await Host.RunAsync("nft", "list", "table", "inet", "berth_" + Server.Place.Tag)).Text;
        Assert.Contains("masquerade", rules, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bridge_in_use_is_not_deleted() =>
        (await Server.TryBerthAsync("network", "delete", Server.Place.Bridge)).Failed(Server.Place.Bridge);

    /// <summary>Waits inside, where DHCP happens, and returns the address.</summary>
    private Task<string> AddressAsync(string name) => ExecAsync(name, "timeout", "30", "sh", "-c",
        "until ip -4 -o addr show dev eth0 | grep -q inet; do usleep 100000; done; ip -4 -o addr show dev eth0 | awk '{ sub(\"/.*\", \"\", $4); print $4 }'");

    [GeneratedRegex(@"\.[0-9]+/[0-9]+$")]
    private static partial Regex LastByte();
}
