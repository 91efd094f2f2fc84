using Berth.Api;
using Berth.Core;
using Berth.Daemon.Http;
using CsCheck;

namespace Berth.Daemon.Tests;

public sealed class ListFilterTests
{
    private static readonly Instance[] Instances =
    [
        new() { Name = "web1", Status = "Running", Config = new Dictionary<string, string> { ["image.os"] = "Debian" } },
        new() { Name = "web2", Status = "Stopped" },
        new() { Name = "db", Status = "Running" },
    ];

    private static string Names(string filter) =>
        string.Join(' ', (ListFilter.Parse(filter)?.Apply(Instances, BerthJson.Default.Instance) ?? Instances).Select(i => i.Name));

    [Theory]
    [InlineData("", "web1 web2 db")]
    [InlineData("name eq web1", "web1")]
    [InlineData("name eq web.*", "web1 web2")]
    [InlineData("name eq web", "")]
    [InlineData("status eq running and name ne db", "web1")]
    [InlineData("name eq db or status eq Stopped", "web2 db")]
    [InlineData("not name eq db", "web1 web2")]
    [InlineData("config.image.os eq \"Debian\"", "web1")]
    [InlineData("config.nothing eq x", "")]
    public void Clauses_choose(string filter, string names) => Assert.Equal(names, Names(filter));

    [Theory]
    [InlineData("name")]
    [InlineData("name eq")]
    [InlineData("name is web1")]
    [InlineData("name eq web1 and")]
    [InlineData("name eq web1 xor name eq db")]
    public void What_is_no_filter_is_refused(string filter) =>
        Assert.Equal(ErrorKind.BadRequest, Assert.Throws<BerthException>(() => Names(filter)).Kind);

    [Fact]
    public void Any_text_filters_or_is_refused() => Gen.String.Sample(text =>
    {
        try
        {
            Names(text);
        }
        catch (BerthException)
        {
            // Refused.
        }
    });
}
