using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Berth.Core;
using Berth.Guest.Messages;
using Berth.Guest.Sessions;
using Berth.Machines.Sockets;

namespace Berth.Machines.Agent;

/// <summary>
/// The agent of one machine. Connected to QEMU's end of the port for as long as QEMU runs; the agent behind it may come, go
/// and come again.
/// </summary>
internal sealed class AgentClient : IAsyncDisposable
{
    /// <summary>What an agent that is up gets to answer in, once it has been asked something small.</summary>
    public static readonly TimeSpan ReplyTimeout = TimeSpan.FromSeconds(30);

    private const int MaxReply = 64 << 20;

    private readonly NetworkStream _stream;
    private readonly HostLink _link;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private volatile GuestSession? _session;

    private AgentClient(NetworkStream stream, Action<bool> readyChanged)
    {
        _stream = stream;
        _link = new HostLink(stream)
        {
            SessionChanged = session =>
            {
                _session = session;
                readyChanged(session is not null);
            },
        };
        _running = RunAsync();
    }

    /// <summary>Whether an agent answers now.</summary>
    public bool Ready => _session is not null;

    /// <summary>The session now; null: no agent answers.</summary>
    public GuestSession? Session => _session;

    /// <param name="readyChanged">Called when the agent comes and goes; must not block.</param>
    public static async Task<AgentClient> ConnectAsync(string socket, Action<bool> readyChanged, CancellationToken cancel)
    {
        try
        {
            return new AgentClient(await UnixSockets.ConnectAsync(socket, cancel), readyChanged);
        }
        catch (SocketException e)
        {
            throw BerthException.Internal($"The port of the machine's agent ({socket}) does not answer: {e.Message}.", e);
        }
    }

    /// <summary>The session, waiting up to <paramref name="patience"/> for an agent that is not up yet.</summary>
    /// <exception cref="BerthException">Conflict: no agent answers.</exception>
    public async Task<GuestSession> SessionAsync(TimeSpan patience, CancellationToken cancel)
    {
        if (_session is { } session)
        {
            return session;
        }
        try
        {
            return await _link.SessionAsync(cancel).WaitAsync(patience, cancel);
        }
        catch (TimeoutException)
        {
            throw BerthException.Conflict(
                "The machine's agent does not answer: the machine is still booting, or its image has no berth-agent. Try again, or use the console.");
        }
        catch (GuestException e)
        {
            throw AgentErrors.ToBerth(e);
        }
        catch (IOException e)
        {
            throw AgentErrors.Lost(e);
        }
    }

    /// <summary>Asks for something that is answered by its end alone.</summary>
    public async Task RequestAsync(GuestRequest request, TimeSpan timeout, CancellationToken cancel)
    {
        using var deadline = Deadline(timeout, cancel);
        try
        {
            await using var channel = await OpenAsync(request, timeout, deadline.Token);
            await AgentErrors.ThrowIfFailedAsync(channel.Done, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw TimedOut(timeout);
        }
    }

    /// <summary>Asks for something that is answered by a JSON document on stream 1.</summary>
    public async Task<T> QueryAsync<T>(GuestRequest request, JsonTypeInfo<T> type, TimeSpan timeout, CancellationToken cancel)
    {
        using var deadline = Deadline(timeout, cancel);
        try
        {
            await using var channel = await OpenAsync(request, timeout, deadline.Token);
            using var body = new MemoryStream();
            await CopyBoundedAsync(channel.Input(1), body, deadline.Token);
            await AgentErrors.ThrowIfFailedAsync(channel.Done, deadline.Token);
            body.Position = 0;
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("null");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw TimedOut(timeout);
        }
        catch (GuestException e)
        {
            throw AgentErrors.ToBerth(e);
        }
        catch (JsonException e)
        {
            throw BerthException.Internal("The machine's agent answered nonsense: " + e.Message, e);
        }
        catch (IOException e)
        {
            throw AgentErrors.Lost(e);
        }
    }

    /// <summary>Opens a request with streams; the caller disposes it.</summary>
    public async Task<GuestChannel> OpenAsync(GuestRequest request, TimeSpan patience, CancellationToken cancel)
    {
        var session = await SessionAsync(patience, cancel);
        try
        {
            return await session.OpenAsync(request, cancel);
        }
        catch (GuestException e)
        {
            throw AgentErrors.ToBerth(e);
        }
        catch (IOException e)
        {
            throw AgentErrors.Lost(e);
        }
    }

    /// <summary>The machine was reset: its agent is gone without a word.</summary>
    public void Reset() => _link.Reset();

    /// <summary>QEMU tells that a program in the guest has opened the port, or closed it.</summary>
    public void PortChanged(bool open)
    {
        if (open)
        {
            _link.PortOpened();
        }
        else
        {
            _link.PortClosed();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _stream.DisposeAsync();
        await _running;
    }

    private async Task RunAsync()
    {
        try
        {
            await _link.RunAsync(_stop.Token);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // QEMU is gone or the daemon lets go of it: whoever waits has been told by the link.
        }
    }

    private static async Task CopyBoundedAsync(Stream from, MemoryStream to, CancellationToken cancel)
    {
        var buffer = new byte[65536];
        while (await from.ReadAsync(buffer, cancel) is > 0 and var count)
        {
            if (to.Length + count > MaxReply)
            {
                throw BerthException.Internal($"The machine's agent answered with more than {MaxReply >> 20} MiB.");
            }
            to.Write(buffer, 0, count);
        }
    }

    private static CancellationTokenSource Deadline(TimeSpan timeout, CancellationToken cancel)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        source.CancelAfter(timeout);
        return source;
    }

    /// <summary>The error of a guest that lets its host wait.</summary>
    public static BerthException TimedOut(TimeSpan timeout) =>
        new(ErrorKind.Timeout, $"The machine's agent did not answer within {timeout.TotalSeconds:0.#} s.");
}
