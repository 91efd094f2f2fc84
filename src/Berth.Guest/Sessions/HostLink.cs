using System.Security.Cryptography;
using System.Text.Json;
using Berth.Guest.Framing;
using Berth.Guest.Messages;

namespace Berth.Guest.Sessions;

/// <summary>The host's end of the port: says hello whenever an agent may have started, and gives the session that resulted.</summary>
public sealed class HostLink(Stream stream)
{
    private readonly Lock _lock = new();
    private readonly FrameWriter _writer = new(stream);
    private TaskCompletionSource<GuestSession> _ready = NewReady();
    private volatile GuestSession? _proposed;
    private bool _helloUnderWay;
    private bool _helloAgain;

    /// <summary>Called with the session when an agent has answered, and with null when it is lost. Must not block.</summary>
    public Action<GuestSession?>? SessionChanged { get; init; }

    /// <summary>The present session, or the next one: waits for an agent to answer.</summary>
    /// <exception cref="IOException">The connection ended.</exception>
    /// <exception cref="GuestException">The agent speaks another version of the protocol.</exception>
    public Task<GuestSession> SessionAsync(CancellationToken cancel)
    {
        lock (_lock)
        {
            return _ready.Task.WaitAsync(cancel);
        }
    }

    /// <summary>Runs until the connection ends or <paramref name="cancel"/> fires.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            await _writer.WritePreambleAsync(cancel);
            Propose();
            await LinkReader.ReadAsync(stream, new FrameDecoder(), Receive, cancel);
        }
        finally
        {
            var gone = new IOException("The connection to the machine's agent has ended.");
            Lose(gone);
            lock (_lock)
            {
                _ready.TrySetException(gone);
                _ = _ready.Task.Exception;
            }
        }
    }

    /// <summary>The machine was reset: its agent is gone, whatever was under way is void.</summary>
    public void Reset() => Lose(new IOException("The machine was reset."));

    /// <summary>Nobody in the guest holds the port any more: the agent has ended without a word.</summary>
    public void PortClosed() => Lose(new IOException("The machine's agent has ended."));

    /// <summary>
    /// Somebody in the guest has opened the port. News of the port and what comes through it reach the host on different ways: an agent
    /// that was greeted before its predecessor's end was heard of is greeted again.
    /// </summary>
    public void PortOpened()
    {
        if (_proposed is null)
        {
            Propose();
        }
    }

    private void Receive(Frame frame)
    {
        if (frame.Type == FrameType.Announce)
        {
            Lose(new IOException("The machine's agent has restarted."));
            Propose();
            return;
        }
        var session = _proposed;
        if (session is null || frame.Session != session.Id)
        {
            return;
        }
        if (frame.Type == FrameType.Welcome)
        {
            Welcome(session, frame);
        }
        else if (!session.Receive(frame))
        {
            Lose(new IOException("The machine's agent broke the protocol."));
            Propose();
        }
    }

    private void Welcome(GuestSession session, in Frame frame)
    {
        Welcome? welcome;
        try
        {
            welcome = JsonSerializer.Deserialize(frame.Payload.Span, GuestJson.Default.Welcome);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            welcome = null;
        }
        lock (_lock)
        {
            if (welcome?.Version != FrameFormat.Version)
            {
                _ready.TrySetException(new GuestException(
                    GuestErrorKind.Unsupported,
                    $"The agent speaks version {welcome?.Version} of the protocol, this host {FrameFormat.Version}: update the agent in the machine."));
                _ = _ready.Task.Exception;
                return;
            }
            session.AgentVersion = welcome.AgentVersion;
            session.Features = welcome.Features ?? [];
            if (!_ready.TrySetResult(session))
            {
                return;
            }
        }
        SessionChanged?.Invoke(session);
    }

    private void Lose(Exception reason)
    {
        GuestSession? lost;
        bool wasReady;
        lock (_lock)
        {
            lost = _proposed;
            _proposed = null;
            wasReady = _ready.Task.IsCompleted;
            if (wasReady)
            {
                _ready = NewReady();
            }
        }
        lost?.Abort(reason);
        if (wasReady)
        {
            SessionChanged?.Invoke(null);
        }
    }

    // A guest that announces without end gets one hello at a time.
    private void Propose()
    {
        lock (_lock)
        {
            _helloAgain = _helloUnderWay;
            if (_helloUnderWay)
            {
                return;
            }
            _helloUnderWay = true;
        }
        _ = SayHelloAsync();
    }

    private async Task SayHelloAsync()
    {
        var hello = JsonSerializer.SerializeToUtf8Bytes(new Hello(FrameFormat.Version), GuestJson.Default.Hello);
        do
        {
            var session = new GuestSession(1 + (uint)RandomNumberGenerator.GetInt32(int.MaxValue), _writer, handler: null);
            lock (_lock)
            {
                _proposed = session;
                _helloAgain = false;
            }
            try
            {
                await session.SendAsync(FrameType.Hello, 0, 0, hello, CancellationToken.None);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The connection is gone; the read loop sees it.
            }
        }
        while (HelloIsWantedAgain());
    }

    private bool HelloIsWantedAgain()
    {
        lock (_lock)
        {
            _helloUnderWay = _helloAgain;
            return _helloAgain;
        }
    }

    private static TaskCompletionSource<GuestSession> NewReady() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
