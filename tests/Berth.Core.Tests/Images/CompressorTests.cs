using Berth.Core.Images.Archives;

namespace Berth.Core.Tests.Images;

public sealed class CompressorTests
{
    [Theory]
    [InlineData("none", "")]
    [InlineData("gzip", "gzip -c -n")]
    [InlineData("gzip -9", "gzip -c -9 -n")]
    [InlineData("xz -1", "xz -c -1")]
    [InlineData("lzma", "xz --format=lzma -c")]
    [InlineData("bzip2 -5", "bzip2 -c -5")]
    public void A_program_and_a_level(string text, string command) => Assert.Equal(command, string.Join(' ', Compressor.Parse(text).Argv));

    [Theory]
    [InlineData("")]
    [InlineData("gzip --rsyncable -S /etc/passwd")]
    [InlineData("gzip -10")]
    [InlineData("xz --files=/etc/passwd")]
    [InlineData("sh -c reboot")]
    [InlineData("/bin/gzip")]
    [InlineData("none -1")]
    [InlineData("NONE")]
    public void Anything_else_is_refused(string text) =>
        Assert.Equal(ErrorKind.BadRequest, Assert.Throws<BerthException>(() => Compressor.Parse(text)).Kind);

    [Fact]
    public void Squashfs_is_refused_by_name() =>
        Assert.Equal(ErrorKind.Unsupported, Assert.Throws<BerthException>(() => Compressor.Parse("squashfs")).Kind);
}
