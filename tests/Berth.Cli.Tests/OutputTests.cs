using System.Text.Json.Nodes;
using Berth.Cli.Input;
using Berth.Cli.Output;
using CsCheck;

namespace Berth.Cli.Tests;

public sealed class OutputTests
{
    private static readonly string[] s_headers = ["NAME", "STATE"];
    private static readonly string[][] s_rows = [["a", "RUNNING"], ["long\nsecond", ""]];

    [Fact]
    public void A_table_is_drawn_as_incus_draws_it() => Assert.Equal(
        """
        +--------+---------+
        |  NAME  |  STATE  |
        +--------+---------+
        | a      | RUNNING |
        +--------+---------+
        | long   |         |
        | second |         |
        +--------+---------+

        """,
        Written(output => TableWriter.Bordered(output, s_headers, s_rows)));

    [Fact]
    public void A_compact_table_has_no_lines() => Assert.Equal(
        "  NAME    STATE\n  a       RUNNING\n  long\n  second\n",
        Written(output => TableWriter.Compact(output, s_headers, s_rows)));

    [Fact]
    public void Csv_quotes_what_needs_it() => Assert.Equal(
        "a,\"b,c\",\"d\"\"e\",\"f\ng\"\n",
        Written(output => CsvWriter.Write(output, [], [["a", "b,c", "d\"e", "f\ng"]], false)));

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1023, "1023B")]
    [InlineData(1536, "1.50KiB")]
    [InlineData(1073741824, "1.00GiB")]
    [InlineData(long.MaxValue, "8.00EiB")]
    public void Sizes_are_binary(long bytes, string expected) => Assert.Equal(expected, Sizes.Bytes(bytes));

    [Theory]
    [InlineData("ab", 2)]
    [InlineData("日本", 4)]
    [InlineData("e\u0301", 1)]
    public void Wide_characters_take_two_columns(string text, int width) => Assert.Equal(width, TextWidth.Of(text));

    [Fact]
    public void The_format_has_a_suffix()
    {
        Assert.Equal(new OutputFormat(OutputKind.Csv, true), OutputFormat.Parse("csv,header"));
        Assert.Equal(new OutputFormat(OutputKind.Table, false), OutputFormat.Parse("table,noheader"));
        Assert.False(OutputFormat.Parse("csv").Header);
        Assert.Equal(ExitCodes.Usage, Assert.Throws<CliException>(() => OutputFormat.Parse("xml")).ExitCode);
    }

    [Fact]
    public void Yaml_quotes_what_would_be_read_as_something_else()
    {
        var node = JsonNode.Parse("""{"a":"1","b":"true","c":"x: y","d":"","e":[],"f":{},"g":["p",{"q":1,"r":"s"}],"h":"two\nlines\n","i":null,"j":"- x"}""");
        Assert.Equal(
            "a: \"1\"\nb: \"true\"\nc: 'x: y'\nd: \"\"\ne: []\nf: {}\ng:\n- p\n- q: 1\n  r: s\nh: |\n  two\n  lines\ni: null\nj: '- x'\n",
            Written(output => YamlWriter.Write(output, node)));
    }

    [Fact]
    public void Yaml_that_was_written_is_read_back_the_same()
    {
        var characters = Gen.Char["aZ01.-: #'\"\n\t[{&*!|>%@~=,\\é"];
        Gen.Select(Gen.String[characters, 0, 8], Gen.String[characters, 0, 8]).Sample((key, value) =>
        {
            var map = new JsonObject { ["k" + key.Replace('\n', '_').Replace('\t', '_')] = value, ["list"] = new JsonArray(value, new JsonObject { ["inner"] = value }) };
            var text = Written(output => YamlWriter.Write(output, map));
            Assert.Equal(map.ToJsonString(), YamlReader.ParseMap(text).ToJsonString());
        });
    }

    private static string Written(Action<TextWriter> write)
    {
        var output = new StringWriter { NewLine = "\n" };
        write(output);
        return output.ToString();
    }
}
