namespace Berth.Daemon.Tests;

public sealed class DaemonOptionsTests
{
    [Fact]
    public void Options_take_their_value_either_way()
    {
        var options = DaemonOptions.Parse(["--state-dir", "/a", "--runtime-dir=/b", "--group", "g", "--debug"]);
        Assert.Equal(("/a", "/b", "g", true), (options.StateDirectory, options.RuntimeDirectory, options.Group, options.Debug));
    }

    [Fact]
    public void Nothing_given_takes_the_defaults()
    {
        var options = DaemonOptions.Parse([]);
        Assert.Equal(("/var/lib/berth", "/run/berth", null), (options.StateDirectory, options.RuntimeDirectory, options.Group));
    }

    [Theory]
    [InlineData("--state-dir")]
    [InlineData("--state-dir=")]
    [InlineData("--unknown")]
    [InlineData("stray")]
    public void What_is_unknown_or_has_no_value_is_refused(string argument) =>
        Assert.Contains(argument.Split('=')[0], Assert.Throws<ArgumentException>(() => DaemonOptions.Parse([argument])).Message, StringComparison.Ordinal);

    [Fact]
    public void Groups_are_found_by_their_whole_name()
    {
        string[] lines = ["root:x:0:", "berth2:x:7:", "berth:x:42:alice", "broken"];
        Assert.Equal(42u, GroupFile.Find("berth", lines));
        Assert.Null(GroupFile.Find("bert", lines));
    }
}
