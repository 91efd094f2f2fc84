using Berth.Core.Instances;

namespace Berth.Core.Tests.Instances;

public sealed class InstanceSizeTests
{
    [Theory]
    [InlineData("c2", "limits.cpu=2")]
    [InlineData("m4", "limits.memory=4096MiB")]
    [InlineData("c2-m0.5", "limits.cpu=2 limits.memory=512MiB")]
    [InlineData("c0.5", "limits.cpu=1 limits.cpu.allowance=50%")]
    [InlineData("c1.5-m1", "limits.cpu=2 limits.cpu.allowance=75% limits.memory=1024MiB")]
    public void CPUs_and_memory_become_limits(string text, string config) =>
        Assert.Equal(config, string.Join(' ', InstanceSize.Parse(text).Select(c => $"{c.Key}={c.Value}")));

    [Theory]
    [InlineData("c")]
    [InlineData("x1")]
    [InlineData("c-1")]
    [InlineData("c0")]
    [InlineData("c1e9")]
    [InlineData("mNaN")]
    [InlineData("c99999999999")]
    [InlineData("c1--m1")]
    [InlineData("t2.micro")]
    public void Anything_else_is_refused(string text) => Assert.Equal(ErrorKind.BadRequest, Assert.Throws<BerthException>(() => InstanceSize.Parse(text)).Kind);

    [Fact]
    public void Names_of_clouds_are_refused_by_name() =>
        Assert.Equal(ErrorKind.Unsupported, Assert.Throws<BerthException>(() => InstanceSize.Parse("aws:t2.micro")).Kind);
}
