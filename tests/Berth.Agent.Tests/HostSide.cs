using System.Net;
using System.Net.Sockets;
using Berth.Guest.Sessions;

namespace Berth.Agent.Tests;

/// <summary>The agent's own request handling, run here as root over a socket instead of a port.</summary>
internal sealed class HostSide : IAsyncDisposable
{
    private readonly NetworkStream _host;
    private readonly NetworkStream _guest;
    private readonly HostLink _link;
    private readonly Task _running;

    private HostSide(NetworkStream host, NetworkStream guest, CancellationToken cancel)
    {
        _host = host;
        _guest = guest;
        _link = new HostLink(host);
        _running = Task.WhenAll(_link.RunAsync(cancel), new AgentLink(guest, Product.Version, Requests.AnswerAsync).RunAsync(cancel));
    }

    public Task<GuestSession> SessionAsync(CancellationToken cancel) => _link.SessionAsync(cancel);

    public static async Task<HostSide> StartAsync(CancellationToken cancel)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!, cancel);
        var server = await listener.AcceptAsync(cancel);
        return new HostSide(new NetworkStream(server, true), new NetworkStream(client, true), cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _running;
        await _guest.DisposeAsync();
    }
}
