using Berth.Daemon.Http;
using CsCheck;

namespace Berth.Daemon.Tests.Access;

public sealed class HttpsAddressTests
{
    [Theory]
    [InlineData(":8443", "", 8443)]
    [InlineData(":9000", "", 9000)]
    [InlineData("10.0.0.1", "10.0.0.1", 8443)]
    [InlineData("10.0.0.1:1", "10.0.0.1", 1)]
    [InlineData("::1", "::1", 8443)]
    [InlineData("[::1]", "::1", 8443)]
    [InlineData("[::]:9443", "::", 9443)]
    [InlineData("host.example", "host.example", 8443)]
    [InlineData("host.example:65535", "host.example", 65535)]
    public void Every_form_is_understood(string text, string host, int port) => Assert.Equal(new(host, port), HttpsAddress.TryParse(text));

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.1:0")]
    [InlineData("10.0.0.1:65536")]
    [InlineData("10.0.0.1:x")]
    [InlineData("[::1")]
    [InlineData("::1]:80")]
    [InlineData("https://host:8443")]
    [InlineData("a b:80")]
    public void Nonsense_is_refused(string text) => Assert.Null(HttpsAddress.TryParse(text));

    [Fact]
    public void Nothing_makes_it_fall() => Gen.String[Gen.Char["[]:.0189af/x"], 0, 20].Sample(text => { HttpsAddress.TryParse(text); });
}
