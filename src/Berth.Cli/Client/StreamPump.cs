using System.Net.WebSockets;

namespace Berth.Cli.Client;

/// <summary>
/// Data over a websocket as exec and console have it: binary messages carry it, an empty text message says that no more will come
/// in that direction.
/// </summary>
internal static class StreamPump
{
    private const int BufferSize = 64 * 1024;

    public static async Task SendAsync(Stream from, WebSocket to, CancellationToken cancellation)
    {
        var buffer = new byte[BufferSize];
        int count;
        while ((count = await from.ReadAsync(buffer, cancellation)) > 0)
        {
            await to.SendAsync(buffer.AsMemory(0, count), WebSocketMessageType.Binary, endOfMessage: true, cancellation);
        }

        await EndAsync(to, cancellation);
    }

    public static ValueTask EndAsync(WebSocket to, CancellationToken cancellation) =>
        to.SendAsync(ReadOnlyMemory<byte>.Empty, WebSocketMessageType.Text, endOfMessage: true, cancellation);

    /// <summary>Until the other side says that it is done, or is gone.</summary>
    public static async Task ReceiveAsync(WebSocket from, Stream to, CancellationToken cancellation)
    {
        var buffer = new byte[BufferSize];
        while (true)
        {
            ValueWebSocketReceiveResult part;
            try
            {
                part = await from.ReceiveAsync(buffer.AsMemory(), cancellation);
            }
            catch (WebSocketException)
            {
                // Incus drops the connection without a closing handshake; the operation tells whether all went well.
                return;
            }

            if (part.MessageType != WebSocketMessageType.Binary)
            {
                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, part.Count), cancellation);
        }
    }

    /// <summary>Reads and drops, so that pings are answered, until the connection ends.</summary>
    public static async Task DrainAsync(WebSocket socket, CancellationToken cancellation)
    {
        try
        {
            await ReceiveAsync(socket, Stream.Null, cancellation);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The command is over.
        }
    }
}
