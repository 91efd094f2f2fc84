using System.Net.Sockets;
using System.Text;

namespace Berth.EndToEnd.Processes;

/// <summary>The daemon ends with its instances where somebody asks for that; open files of a stopped instance keep nobody from starting it.</summary>
public sealed class ShutdownTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    [Fact]
    public async Task The_stock_clients_shutdown_stops_the_instances_and_then_the_daemon()
    {
        await LaunchAsync("c1");
        var pid = await Server.PidAsync("c1");
        await Server.IncusAsync("admin", "shutdown", "--timeout", "60");
        await Server.Daemon.EndedAsync(Cancellation);
        Assert.False(Directory.Exists($"/proc/{pid}"));
        await Server.RestartAsync();

        // It ran until then, so it runs again; the daemon answers before it has started all of them.
        var deadline = DateTime.UtcNow.AddSeconds(30);
        string? status;
        while ((status = await Server.StatusAsync("c1")) == "Starting" && DateTime.UtcNow < deadline)
        {
        }

        Assert.Equal("Running", status);
    }

    [Fact]
    public async Task A_start_goes_before_an_open_SFTP_session()
    {
        await Server.BerthAsync("create", BusyboxImage.Alias, "c1");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Server.Place.Socket), Cancellation);
        await using var session = new NetworkStream(socket);
        await session.WriteAsync("GET /1.0/instances/c1/sftp HTTP/1.1\r\nHost: berth\r\nConnection: Upgrade\r\nUpgrade: sftp\r\n\r\n"u8.ToArray(), Cancellation);
        var head = new byte[4096];
        Assert.StartsWith("HTTP/1.1 101", Encoding.ASCII.GetString(head, 0, await session.ReadAsync(head, Cancellation)), StringComparison.Ordinal);
        await Server.BerthAsync("start", "c1");

        // And the session is over.
        Assert.Equal(0, await session.ReadAsync(head, Cancellation));
    }
}
