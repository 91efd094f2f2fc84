using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Linux;
using Berth.Linux.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Berth.Daemon.GuestApi;

/// <summary>
/// Where connections to the guest API come from: the socket that containers see, and machines, whose agents carry them. Of a machine's
/// connection it is known which one it is; of a container's the kernel tells.
/// </summary>
internal sealed class GuestTransport(HostLayout layout) : IConnectionListenerFactory, IConnectionListenerFactorySelector, IConnectionListener
{
    private const UnixFileMode ForEverybody =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private const UnixFileMode Traversable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>How long nobody is let in after the process had no descriptor left.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

    private readonly Channel<ConnectionContext> _arrived = Channel.CreateBounded<ConnectionContext>(16);
    private readonly SocketConnectionContextFactory _contexts = new(new(), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
    private readonly CancellationTokenSource _over = new();
    private Task _accepting = Task.CompletedTask;

    public EndPoint EndPoint { get; } = new GuestEndPoint();

    public bool CanBind(EndPoint endpoint) => endpoint is GuestEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(layout.GuestApi, Traversable);
        var listener = UnixListener.Bind(Path.Combine(layout.GuestApi, "sock"), ForEverybody);
        _accepting = AcceptAllAsync(listener);
        return ValueTask.FromResult<IConnectionListener>(this);
    }

    /// <summary>Connects in the name of a machine.</summary>
    public async Task<Stream> ConnectAsync(InstanceId machine, CancellationToken cancel)
    {
        var (ours, theirs) = UnixListener.Pair();
        try
        {
            var context = _contexts.Create(theirs);
            context.Features.Set(new GuestMachine(machine));
            await _arrived.Writer.WriteAsync(context, cancel);
            return new NetworkStream(ours, ownsSocket: true);
        }
        catch (Exception e)
        {
            ours.Dispose();
            theirs.Dispose();
            throw e is ChannelClosedException ? new IOException("The daemon ends.", e) : e;
        }
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

    private async Task AcceptAllAsync(UnixListener listener)
    {
        using (listener)
        {
            while (!_over.IsCancellationRequested)
            {
                try
                {
                    await _arrived.Writer.WriteAsync(_contexts.Create(await listener.AcceptAsync(_over.Token)), _over.Token);
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

    private sealed class GuestEndPoint : EndPoint
    {
        public override string ToString() => "guest API";
    }
}

/// <summary>Feature of a connection that a machine's agent carries: whose it is.</summary>
internal sealed record GuestMachine(InstanceId Id);
