using System.Net.Sockets;
using System.Text;
using Berth.Linux.Processes;

namespace Berth.Linux.Tests.Processes;

public sealed class ServiceNotifierTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void State_is_sent(bool isAbstract)
    {
        var name = isAbstract ? $"@berth-test-{Guid.NewGuid():N}" : _directory["notify"];
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + name[1..] : name));
        Assert.True(ServiceNotifier.Send(name, "READY=1\nSTATUS=ok"));
        var buffer = new byte[100];
        manager.ReceiveTimeout = 10_000;
        Assert.Equal("READY=1\nSTATUS=ok", Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer)));
    }

    [Fact]
    public void Nobody_listening_is_no_failure()
    {
        Assert.False(ServiceNotifier.Send(null, "READY=1"));
        Assert.False(ServiceNotifier.Send(_directory["nobody"], "READY=1"));
    }
}
