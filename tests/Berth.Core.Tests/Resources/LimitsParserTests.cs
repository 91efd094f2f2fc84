using Berth.Core.Resources;
using CsCheck;

namespace Berth.Core.Tests.Resources;

public sealed class LimitsParserTests
{
    private static readonly HostCapacity Host = new(4, 16L << 30);

    private static Limits Parse(string key, string value, bool machine = false) =>
        LimitsParser.Parse(new Dictionary<string, string> { [key] = value }, null, machine, Host);

    [Fact]
    public void Nothing_configured_is_unlimited_for_a_container() => Assert.Equal(Limits.None, LimitsParser.Parse(new Dictionary<string, string>(), null, false, Host));

    [Fact]
    public void A_machine_has_one_cpu_and_one_gibibyte_by_default()
    {
        var limits = LimitsParser.Parse(new Dictionary<string, string>(), null, true, Host);
        Assert.Equal(1, limits.CpuCount);
        Assert.Equal(1L << 30, limits.Memory);
    }

    [Theory]
    [InlineData("2", 2, null)]
    [InlineData("0-1,3", 3, "0-1,3")]
    [InlineData("1", 1, null)]
    public void Cpus_are_a_count_or_a_set(string text, int count, string? set)
    {
        var limits = Parse("limits.cpu", text);
        Assert.Equal(count, limits.CpuCount);
        Assert.Equal(set, limits.CpuSet);
    }

    [Theory]
    [InlineData("limits.cpu", "0")]
    [InlineData("limits.cpu", "5")]
    [InlineData("limits.cpu", "4-5")]
    [InlineData("limits.cpu", "3-1")]
    [InlineData("limits.cpu", "-1")]
    [InlineData("limits.cpu", "many")]
    [InlineData("limits.cpu", "99999999999999999999")]
    [InlineData("limits.cpu.allowance", "0%")]
    [InlineData("limits.cpu.allowance", "101%")]
    [InlineData("limits.cpu.allowance", "10ms")]
    [InlineData("limits.cpu.allowance", "0ms/100ms")]
    [InlineData("limits.cpu.allowance", "10ms/2000ms")]
    [InlineData("limits.memory", "1")]
    [InlineData("limits.memory", "-1GiB")]
    [InlineData("limits.memory", "0%")]
    [InlineData("limits.memory", "101%")]
    [InlineData("limits.memory", "9999999EiB")]
    [InlineData("limits.memory", "1 GiB x")]
    [InlineData("limits.processes", "0")]
    [InlineData("limits.processes", "1.5")]
    public void A_wrong_value_is_refused_and_named(string key, string value)
    {
        var e = Assert.Throws<BerthException>(() => Parse(key, value));
        Assert.Equal(ErrorKind.BadRequest, e.Kind);
        Assert.Contains(key, e.Message, StringComparison.Ordinal);
        Assert.Contains(value, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Allowance_is_a_share_or_a_quota()
    {
        Assert.Equal(50, Parse("limits.cpu.allowance", "50%").CpuSharePercent);
        Assert.Equal((25_000, 100_000), Parse("limits.cpu.allowance", "25ms/100ms").CpuQuota);
    }

    [Fact]
    public void Memory_is_bytes_or_a_share_of_the_host()
    {
        Assert.Equal(512L << 20, Parse("limits.memory", "512MiB").Memory);
        Assert.Equal(Host.MemoryBytes / 100 * 25, Parse("limits.memory", "25%").Memory);
    }

    [Fact]
    public void A_machine_cannot_have_more_memory_than_the_host()
    {
        Assert.Equal(32L << 30, Parse("limits.memory", "32GiB").Memory);
        Assert.Contains("limits.memory", Assert.Throws<BerthException>(() => Parse("limits.memory", "32GiB", machine: true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_is_parsed_or_refused_never_worse() =>
        Gen.String.Sample(text =>
        {
            foreach (var key in new[] { "limits.cpu", "limits.cpu.allowance", "limits.memory", "limits.processes" })
            {
                try
                {
                    Parse(key, text);
                }
                catch (BerthException)
                {
                    // Refused, as it should be.
                }
            }
        });
}
