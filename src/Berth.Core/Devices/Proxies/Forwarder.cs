using System.Net.Sockets;
using Berth.Core.Instances;
using Berth.Linux;

namespace Berth.Core.Devices.Proxies;

/// <summary>One proxy at work. Disposing ends it with all its connections.</summary>
internal sealed class Forwarder : IAsyncDisposable
{
    /// <summary>Of one device: more wait in the kernel's queue.</summary>
    private const int MostConnections = 1024;

    private readonly ProxyPart _part;
    private readonly ProxySide _listening;
    private readonly ProxySide _connecting;
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _room = new(MostConnections, MostConnections);
    private readonly List<Socket> _listeners = [];
    private readonly List<Task> _running = [];

    private Forwarder(ProxyPart part, IInstanceNamespaces inside)
    {
        _part = part;
        _listening = new(part.BindInstance ? inside : null);
        _connecting = new(part.BindInstance ? null : inside);
    }

    /// <exception cref="BerthException">Conflict that names the address which cannot be listened on.</exception>
    public static Forwarder Start(ProxyPart part, IInstanceNamespaces inside)
    {
        var forwarder = new Forwarder(part, inside);
        var ports = part.Listen.IsUnix ? [0] : part.Listen.Ports;
        for (var i = 0; i < ports.Length; i++)
        {
            try
            {
                forwarder._listeners.Add(forwarder._listening.Listen(part, ports[i]));
            }
            catch (Exception e) when (e is SocketException or LinuxException or IOException)
            {
                forwarder._listeners.ForEach(l => l.Dispose());
                throw BerthException.Conflict(
                    $"Device \"{part.Device}\": cannot listen on {(part.Listen.IsUnix ? part.Listen.Path : $"{part.Listen.Protocol} {part.Listen.Address} port {ports[i]}")}: {e.Message}");
            }
        }

        for (var i = 0; i < forwarder._listeners.Count; i++)
        {
            var (listener, port) = (forwarder._listeners[i], part.ConnectPort(i));
            forwarder._running.Add(Task.Run(() => part.Listen.Protocol == "udp"
                ? new DatagramRelay(listener, cancel => forwarder._connecting.ConnectAsync(part.Connect, port, cancel)).RunAsync(forwarder._end.Token)
                : forwarder.AcceptAsync(listener, port)));
        }

        return forwarder;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listeners.ForEach(l => l.Dispose());
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            _listening.Remove(_part);
        }
        catch (Exception e) when (e is LinuxException or BerthException)
        {
            // The container has gone, and the socket's file with its root or until the proxy is made again.
        }
    }

    private async Task AcceptAsync(Socket listener, int port)
    {
        while (!_end.IsCancellationRequested)
        {
            await _room.WaitAsync(_end.Token);
            try
            {
                var client = await listener.AcceptAsync(_end.Token);
                _ = ServeAsync(client, port);
            }
            catch (SocketException)
            {
                // The client has gone again already, or descriptors are short: the next one may fare better.
                _room.Release();
                await Task.Yield();
            }
        }
    }

    private async Task ServeAsync(Socket client, int port)
    {
        try
        {
            using (client)
            {
                using var server = await _connecting.ConnectAsync(_part.Connect, port, _end.Token);
                if (_part.TellsClient)
                {
                    await server.SendAsync(StreamRelay.Introduction(client), SocketFlags.None, _end.Token);
                }

                await StreamRelay.RunAsync(client, server, _end.Token);
            }
        }
        catch (Exception e) when (e is SocketException or LinuxException or BerthException or OperationCanceledException or ObjectDisposedException)
        {
            // Nobody listens at the other side: the client sees its connection closed.
        }
        finally
        {
            _room.Release();
        }
    }
}
