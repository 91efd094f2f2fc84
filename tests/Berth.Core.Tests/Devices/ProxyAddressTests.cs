using Berth.Core.Devices.Proxies;
using CsCheck;

namespace Berth.Core.Tests.Devices;

public sealed class ProxyAddressTests
{
    [Theory]
    [InlineData("tcp:127.0.0.1:80", "80")]
    [InlineData("udp:[::1]:53,1000-1002", "53 1000 1001 1002")]
    [InlineData("tcp:0.0.0.0:1-1024", null)]
    [InlineData("unix:/run/x.sock", "")]
    [InlineData("unix:@name", "")]
    public void What_is_one_is_read(string text, string? ports)
    {
        var (address, reason) = ProxyAddress.Parse(text);
        Assert.Null(reason);
        Assert.Equal(ports ?? string.Join(' ', Enumerable.Range(1, 1024)), string.Join(' ', address!.Ports));
    }

    [Theory]
    [InlineData("")]
    [InlineData("tcp")]
    [InlineData("tcp:")]
    [InlineData("tcp:80")]
    [InlineData("tcp:127.0.0.1")]
    [InlineData("tcp:localhost:80")]
    [InlineData("tcp:127.0.0.1:0")]
    [InlineData("tcp:127.0.0.1:65536")]
    [InlineData("tcp:127.0.0.1:9-8")]
    [InlineData("tcp:127.0.0.1:1-2-3")]
    [InlineData("tcp:127.0.0.1:80,80")]
    [InlineData("tcp:127.0.0.1:1-1025")]
    [InlineData("tcp:127.0.0.1:1-65535,1-65535")]
    [InlineData("tcp:::1:80")]
    [InlineData("sctp:127.0.0.1:80")]
    [InlineData("unix:relative")]
    [InlineData("unix:/a/../b")]
    [InlineData("unix:@")]
    public void What_is_none_is_refused_with_the_reason(string text)
    {
        var (address, reason) = ProxyAddress.Parse(text);
        Assert.Null(address);
        Assert.NotEmpty(reason!);
    }

    [Fact]
    public void Any_text_is_one_or_is_not() => Gen.String[0, 200].Sample(text =>
    {
        foreach (var prefix in new[] { "", "tcp:", "udp:127.0.0.1:", "unix:", "tcp:[::]:" })
        {
            var (address, reason) = ProxyAddress.Parse(prefix + text);
            Assert.True(address is null != (reason is null));
        }
    });
}
