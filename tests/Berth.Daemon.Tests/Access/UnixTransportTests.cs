using System.Net.Sockets;

namespace Berth.Daemon.Tests.Access;

public sealed class UnixTransportTests
{
    /// <summary>.NET's own accept has no room for such a name, and ends the process.</summary>
    [Fact]
    public async Task A_client_with_a_longer_name_than_the_servers_is_served()
    {
        await using var daemon = await TestDaemon.StartAsync();
        var name = Path.Combine(Path.GetTempPath(), "berth-" + new string('n', 107 - Path.GetTempPath().Length - 6));
        Assert.True(name.Length > daemon.Socket.Length);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(name));
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(daemon.Socket), TestContext.Current.CancellationToken);
            await socket.SendAsync("GET /1.0 HTTP/1.1\r\nHost: berth\r\nConnection: close\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            using var reader = new StreamReader(new NetworkStream(socket));
            Assert.Equal("HTTP/1.1 200 OK", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        }
        finally
        {
            File.Delete(name);
        }

        using var root = daemon.Root();
        Assert.Equal(200, (await TestDaemon.SendAsync(root, "GET", "/1.0")).Status);
    }
}
