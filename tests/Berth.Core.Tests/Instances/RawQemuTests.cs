using Berth.Core.Instances;
using CsCheck;

namespace Berth.Core.Tests.Instances;

public sealed class RawQemuTests
{
    [Theory]
    [InlineData("-device  foo,x=1", new[] { "-device", "foo,x=1" })]
    [InlineData("-append 'a \"b' \"c 'd\" e\\ f", new[] { "-append", "a \"b", "c 'd", "e f" })]
    [InlineData("''", new[] { "" })]
    [InlineData(" \n\t", new string[0])]
    public void It_is_split_as_a_shell_does(string text, string[] arguments) => Assert.Equal(arguments, RawQemu.Parse(text));

    [Theory]
    [InlineData("-uuid x")]
    [InlineData("--sandbox off")]
    [InlineData("-device 'x")]
    [InlineData("-runas root")]
    public void What_is_Berths_own_or_not_closed_is_refused(string text) =>
        Assert.Equal(ErrorKind.BadRequest, Assert.Throws<BerthException>(() => RawQemu.Parse(text)).Kind);

    [Fact]
    public void What_was_quoted_comes_back_as_it_was() => Gen.String[Gen.Char["ab '\"\\\n-,="], 1, 12].Array[0, 5].Sample(words =>
    {
        var quoted = string.Join(' ', words.Select(w => "'" + w.Replace("'", "'\\''", StringComparison.Ordinal) + "'"));
        if (words.Any(w => w.TrimStart('-') is "S" or "name"))
        {
            return;
        }

        Assert.Equal(words, RawQemu.Parse(quoted));
    });
}
