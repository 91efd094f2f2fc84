using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Berth.Linux;
using Berth.Linux.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Berth.Daemon.Http;

/// <summary>
/// Where connections to a unix socket come from. Kestrel's own transport asks for the address of who connects, which lets a client whose
/// own socket has a longer name than ours end the process (<see cref="UnixListener"/>).
/// </summary>
/// <param name="path">The socket; what is there is replaced.</param>
/// <param name="mode">Who may connect needs write permission.</param>
internal class UnixTransport(string path, UnixFileMode mode) : IConnectionListenerFactory, IConnectionListenerFactorySelector, IConnectionListener
{
    /// <summary>How long nobody is let in after the process had no descriptor left.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

    private readonly Channel<ConnectionContext> _arrived = Channel.CreateBounded<ConnectionContext>(16);
    private readonly SocketConnectionContextFactory _contexts = new(new(), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
    private readonly CancellationTokenSource _over = new();
    private Task _accepting = Task.CompletedTask;

    public EndPoint EndPoint { get; } = new UnixEndPoint(path);

    public bool CanBind(EndPoint endpoint) => endpoint is UnixEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        _accepting = AcceptAllAsync(UnixListener.Bind(path, mode));
        return ValueTask.FromResult<IConnectionListener>(this);
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await _arrived.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException)
        {
            return null;
        }
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _over.CancelAsync();
        await _accepting;
    }

    public ValueTask DisposeAsync()
    {
        _contexts.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Serves a connection that came another way.</summary>
    /// <exception cref="ChannelClosedException">The daemon ends.</exception>
    protected ValueTask TakeAsync(Socket socket, Action<ConnectionContext> mark, CancellationToken cancel)
    {
        var context = _contexts.Create(socket);
        mark(context);
        return _arrived.Writer.WriteAsync(context, cancel);
    }

    private async Task AcceptAllAsync(UnixListener listener)
    {
        using (listener)
        {
            while (!_over.IsCancellationRequested)
            {
                try
                {
                    await TakeAsync(await listener.AcceptAsync(_over.Token), static _ => { }, _over.Token);
                }
                catch (LinuxException)
                {
                    await Task.Delay(Breath, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                catch (OperationCanceledException)
                {
                    // The daemon ends.
                }
            }
        }

        _arrived.Writer.TryComplete();
    }

    private sealed class UnixEndPoint(string path) : EndPoint
    {
        public override string ToString() => "unix:" + path;
    }
}
