using Berth.Core.Instances;
using CsCheck;

namespace Berth.Core.Tests.Instances;

public sealed class InstanceNamesTests
{
    [Theory]
    [InlineData("web1")]
    [InlineData("a")]
    [InlineData("My-Server-01")]
    public void Host_names_are_names(string name) => Assert.Null(InstanceNames.WhyNot(name));

    [Theory]
    [InlineData("")]
    [InlineData("-abc")]
    [InlineData("abc-")]
    [InlineData("1234")]
    [InlineData("a.b")]
    [InlineData("a_b")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("a\0b")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public void Everything_else_is_refused(string name) =>
        Assert.Equal(ErrorKind.BadRequest, Assert.Throws<BerthException>(() => InstanceNames.Validate(name)).Kind);

    [Fact]
    public void A_name_never_leads_out_of_a_directory() =>
        Gen.String.Sample(name => InstanceNames.WhyNot(name) is not null || Path.GetFileName(name) == name);

    [Fact]
    public void Chosen_names_are_names()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(InstanceNames.WhyNot(RandomNames.Next()));
        }
    }
}
