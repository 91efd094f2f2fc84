using System.Buffers;
using System.Net.WebSockets;

namespace Berth.Daemon.Sessions;

/// <summary>
/// Moves bytes between a websocket and a stream as the Incus protocol has it: binary messages are data, a text message
/// says that no more data comes.
/// </summary>
internal static class SocketPump
{
    private const int BufferSize = 64 << 10;

    /// <summary>Ends when the client has said that no more comes, or has gone.</summary>
    public static async Task FromSocketAsync(WebSocket socket, Stream stream, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), cancel);
                if (received.MessageType != WebSocketMessageType.Binary)
                {
                    return;
                }

                await stream.WriteAsync(buffer.AsMemory(0, received.Count), cancel);
                if (received.EndOfMessage)
                {
                    await stream.FlushAsync(cancel);
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException)
        {
            // The client went away, or the command closed its stdin: either way nothing more is to be moved.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Ends when the stream has ended and the client was told so, or the client has gone.</summary>
    public static async Task ToSocketAsync(Stream stream, WebSocket socket, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await stream.ReadAsync(buffer.AsMemory(), cancel) is > 0 and var read)
            {
                await socket.SendAsync(buffer.AsMemory(0, read), WebSocketMessageType.Binary, endOfMessage: true, cancel);
            }

            await socket.SendAsync(ReadOnlyMemory<byte>.Empty, WebSocketMessageType.Text, endOfMessage: true, cancel);
        }
        catch (WebSocketException)
        {
            // The client went away; the command is ended by whoever watches the control socket.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads until the client closes or has gone; then everything is over.</summary>
    public static async Task WaitForCloseAsync(WebSocket socket, CancellationTokenSource over)
    {
        var buffer = new byte[256];
        try
        {
            while ((await socket.ReceiveAsync(buffer.AsMemory(), over.Token)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // Gone without a word.
        }

        await over.CancelAsync();
    }

    /// <summary>Says good-bye on a socket that may be gone already.</summary>
    public static async Task CloseAsync(WebSocket socket, CancellationToken cancel)
    {
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancel);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // It is gone, which is what was wanted.
        }
    }
}
