using System.Text.Json;
using Berth.Guest.Framing;
using Berth.Guest.Messages;

namespace Berth.Guest.Sessions;

/// <summary>The guest's end of the port: announces itself, then serves the session of the last hello.</summary>
public sealed class AgentLink(Stream stream, string agentVersion, GuestHandler handler)
{
    // One for all connections: a write that the last one left blocked must not mix with the next one's.
    private readonly FrameWriter _writer = new(stream);

    /// <summary>Serves until the host's side of the connection is closed.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        await _writer.WritePreambleAsync(cancel);
        await _writer.WriteAsync(FrameType.Announce, 0, 0, 0, ReadOnlyMemory<byte>.Empty, cancel);

        GuestSession? session = null;
        try
        {
            await LinkReader.ReadAsync(stream, new FrameDecoder(), frame => session = Receive(frame, session), cancel);
        }
        finally
        {
            session?.Abort(new IOException("The host has closed the connection."));
        }
    }

    private GuestSession? Receive(Frame frame, GuestSession? session)
    {
        if (frame.Type == FrameType.Hello && frame.Session != 0)
        {
            session?.Abort(new IOException("The host has begun a new session."));
            session = new GuestSession(frame.Session, _writer, handler);
            _ = WelcomeAsync(session);
            return session;
        }
        if (session is null || frame.Session != session.Id || session.Receive(frame))
        {
            return session;
        }
        session.Abort(new IOException("The host broke the protocol."));
        _ = AnnounceAsync();
        return null;
    }

    private async Task WelcomeAsync(GuestSession session)
    {
        var welcome = JsonSerializer.SerializeToUtf8Bytes(new Welcome(FrameFormat.Version, agentVersion, [Messages.Welcome.GuestApi]), GuestJson.Default.Welcome);
        try
        {
            await session.SendAsync(FrameType.Welcome, 0, 0, welcome, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection is gone; the read loop sees it.
        }
    }

    private async Task AnnounceAsync()
    {
        try
        {
            await _writer.WriteAsync(FrameType.Announce, 0, 0, 0, ReadOnlyMemory<byte>.Empty, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection is gone; the read loop sees it.
        }
    }
}
