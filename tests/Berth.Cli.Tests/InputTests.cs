using System.Text.Json.Nodes;
using Berth.Cli.Input;
using CsCheck;

namespace Berth.Cli.Tests;

public sealed class InputTests
{
    [Theory]
    [InlineData("a=b", "a", "b")]
    [InlineData("a=", "a", "")]
    [InlineData("user.x=1=2", "user.x", "1=2")]
    public void A_pair_is_split_at_the_first_sign(string text, string key, string value)
    {
        var pair = KeyValues.Parse(text);
        Assert.Equal((key, value), (pair.Key, pair.Value));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("=b")]
    [InlineData("")]
    public void What_is_no_pair_is_a_usage_error(string text) =>
        Assert.Equal(ExitCodes.Usage, Assert.Throws<CliException>(() => KeyValues.Parse(text)).ExitCode);

    [Fact]
    public void Two_words_are_one_assignment_and_a_dash_reads_the_input()
    {
        Assert.Equal("2", KeyValues.ParseAssignments(["limits.cpu", "2"], () => "")["limits.cpu"]);
        Assert.Equal("from input", KeyValues.ParseAssignments(["user.x=-"], () => "from input")["user.x"]);
        Assert.Equal(2, KeyValues.ParseAssignments(["a=1", "b=2"], () => "").Count);
    }

    [Fact]
    public void Devices_gather_their_keys()
    {
        var devices = KeyValues.ParseDevices(["root,size=1GiB,io.bus=nvme", "root,pool=p"]);
        Assert.Equal("p", devices["root"]["pool"]);
        Assert.Equal("nvme", devices["root"]["io.bus"]);
        Assert.Throws<CliException>(() => KeyValues.ParseDevices(["root"]));
        Assert.Throws<CliException>(() => KeyValues.ParseDevices(["size=1"]));
    }

    [Theory]
    [InlineData("web1", "web1")]
    [InlineData("local:web1", "web1")]
    [InlineData("web1/a:b", "web1/a:b")]
    public void The_local_remote_goes(string name, string expected) => Assert.Equal(expected, Names.Local(name));

    [Fact]
    public void Another_remote_is_refused_with_the_way_out() =>
        Assert.Contains("image copy", Assert.Throws<CliException>(() => Names.Local("images:debian/12")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("lisst", "list")]
    [InlineData("luanch", "launch")]
    [InlineData("snap", "snapshot")]
    [InlineData("xyzzy", null)]
    public void The_nearest_word_is_meant(string word, string? expected) =>
        Assert.Equal(expected, Closest.To(word, ["list", "launch", "snapshot", "exec", "delete"]));

    [Fact]
    public void Distance_is_symmetric_and_zero_only_for_equal_words() =>
        Gen.Select(Gen.String[Gen.Char['a', 'e'], 0, 6], Gen.String[Gen.Char['a', 'e'], 0, 6]).Sample((a, b) =>
            Closest.Distance(a, b) == Closest.Distance(b, a) && (Closest.Distance(a, b) == 0) == (a == b));

    [Fact]
    public void Yaml_scalars_become_what_they_are()
    {
        var map = YamlReader.ParseMap("a: 1\nb: true\nc: \"1\"\nd: text\ne: 007\nf:\n- x\n- {y: z}\ng: ~\n");
        Assert.Equal("""{"a":1,"b":true,"c":"1","d":"text","e":"007","f":["x",{"y":"z"}],"g":null}""", map.ToJsonString());
    }

    [Theory]
    [InlineData("- a")]
    [InlineData("a: [")]
    [InlineData("a: 1\n---\nb: 2")]
    public void Yaml_that_does_not_fit_is_refused(string text) => Assert.Throws<CliException>(() => YamlReader.ParseMap(text));

    [Fact]
    public void Empty_yaml_is_an_empty_map() => Assert.Equal(new JsonObject().ToJsonString(), YamlReader.ParseMap("").ToJsonString());
}
