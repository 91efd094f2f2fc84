using Berth.Core.Instances;

namespace Berth.Core.Tests.Instances;

public sealed class ConfigCatalogueTests
{
    [Theory]
    [InlineData("boot.autostart", "true")]
    [InlineData("user.anything", "x")]
    [InlineData("environment.PATH", "/bin")]
    [InlineData("limits.cpu", "2")]
    [InlineData("security.nesting", "false")]
    public void Known_keys_are_taken(string key, string value) => ConfigCatalogue.Validate(key, value, InstanceKind.Container);

    [Theory]
    [InlineData("limits.cpus", "2")]
    [InlineData("raw.lxc", "x")]
    [InlineData("boot.autostart", "maybe")]
    [InlineData("environment.1X", "y")]
    [InlineData("environment.", "y")]
    [InlineData("security.privileged", "true")]
    [InlineData("security.secureboot", "true")]
    [InlineData("berth.machine.boot", "direct")]
    [InlineData("user.x", "a\0b")]
    public void What_is_unknown_wrong_or_for_the_other_kind_is_refused(string key, string value)
    {
        var e = Assert.Throws<BerthException>(() => ConfigCatalogue.Validate(key, value, InstanceKind.Container));
        Assert.Equal(ErrorKind.BadRequest, e.Kind);
        Assert.Contains(key, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slip_gets_a_suggestion() =>
        Assert.Contains(
            "limits.memory",
            Assert.Throws<BerthException>(() => ConfigCatalogue.Validate("limits.memroy", "1GiB", null)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_huge_value_is_refused() =>
        Assert.Throws<BerthException>(() => ConfigCatalogue.Validate("user.big", new string('x', (1 << 20) + 1), null));
}
