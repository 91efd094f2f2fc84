using System.CommandLine;
using Berth.Cli.Commands.Instances;
using Berth.Cli.Commands.Server;
using Berth.Cli.Terminal;

namespace Berth.Cli.Tests;

public sealed class CommandTableTests
{
    [Fact]
    public void Every_command_builds_and_is_what_the_table_says()
    {
        foreach (var entry in CommandTable.All)
        {
            var command = entry.Build();
            Assert.Equal(entry.Name, command.Name);
            Assert.Equal(entry.Aliases.Order(), command.Aliases.Order());
        }
    }

    [Fact]
    public void Every_visible_command_has_an_example()
    {
        foreach (var entry in CommandTable.All.Where(entry => entry.Group.Length > 0))
        {
            Assert.NotEmpty(Assert.IsType<BerthCommand>(entry.Build()).Examples);
        }
    }

    [Theory]
    [InlineData("launch debian/12 web1 -c a=b -d root,size=1GiB --vm -p x")]
    [InlineData("stop web1 --force --timeout -1")]
    [InlineData("exec web1 --env A=b -- ls -l --color")]
    [InlineData("config set web1 limits.cpu=2")]
    [InlineData("snapshot create web1 s1")]
    [InlineData("image build debian/12 --suite bookworm --package a --package b --alias c --size 4GiB")]
    [InlineData("delete web1 web2 -f")]
    [InlineData("file push -r a b web1/x/ --mode 0644 --uid 5")]
    [InlineData("network attach net1 web1 eth1 eth0")]
    public void The_incus_spelling_is_understood(string line)
    {
        var args = line.Split(' ');
        var result = Parse(args);
        Assert.Empty(result.Errors);
        Assert.Null(Usage.UnknownOption(result, args));
    }

    [Theory]
    [InlineData("list --frmat csv", "--format")]
    [InlineData("stop web1 --forse", "--force")]
    public void An_unknown_option_names_the_one_that_was_meant(string line, string meant)
    {
        var args = line.Split(' ');
        Assert.Contains(meant, Usage.UnknownOption(Parse(args), args)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_subcommand_names_the_one_that_was_meant() =>
        Assert.Contains("did you mean \"list\"", Usage.Error(Parse(["image", "lsit"])).Message, StringComparison.Ordinal);

    [Fact]
    public void Completion_knows_commands_and_subcommands()
    {
        Assert.Equal(["image", "import"], CompletionCommand.Complete(["im"]).Order());
        Assert.Contains("create", CompletionCommand.Complete(["snapshot", "cr"]));
        Assert.Contains("--format", CompletionCommand.Complete(["list", "--fo"]));
    }

    [Fact]
    public void Unknown_columns_are_refused_and_config_keys_are_columns()
    {
        Assert.Equal(ExitCodes.Usage, Assert.Throws<CliException>(() => InstanceColumns.Choose("nX")).ExitCode);
        var columns = InstanceColumns.Choose("n,user.role:ROLE:3");
        Assert.Equal("ROLE", columns[1].Column.Header);
        Assert.Equal("abc", columns[1].Column.Value(new() { Config = new Dictionary<string, string> { ["user.role"] = "abcdef" } }));
    }

    [Fact]
    public void Filters_are_added_one_on_top_of_the_other()
    {
        var web = new Api.InstanceFull { Name = "web1", Type = "container", Status = "Running", Config = new Dictionary<string, string> { ["user.role"] = "front" } };
        Assert.True(InstanceFilter.Parse(["web", "type=container", "status=running", "u.role=front"]).Matches(web));
        Assert.False(InstanceFilter.Parse(["web", "type=virtual-machine"]).Matches(web));
        Assert.True(InstanceFilter.Parse([".*b1"]).Matches(web));
        Assert.False(InstanceFilter.Parse(["db"]).Matches(web));
    }

    [Fact]
    public void Ctrl_a_q_detaches_and_a_second_ctrl_a_is_sent()
    {
        var keys = new DetachKeys();
        Assert.Equal("ab"u8.ToArray(), keys.Filter("ab"u8, out var left));
        Assert.False(left);
        Assert.Equal([1], keys.Filter([1, 1], out left));
        Assert.False(left);
        Assert.Empty(keys.Filter([1], out left));
        Assert.Empty(keys.Filter("qz"u8, out left));
        Assert.True(left);
    }

    private static ParseResult Parse(string[] args) =>
        CommandLineApp.Root([CommandTable.Find(args[0])!.Build()]).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
}
