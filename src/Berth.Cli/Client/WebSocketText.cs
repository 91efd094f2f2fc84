using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace Berth.Cli.Client;

/// <summary>Text messages of a websocket, each whole.</summary>
internal static class WebSocketText
{
    public static async IAsyncEnumerable<byte[]> ReadAllAsync(WebSocket socket, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var buffer = new byte[16 * 1024];
        var message = new MemoryStream();
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), cancellation);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                yield break;
            }

            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                yield return message.ToArray();
                message.SetLength(0);
            }
        }
    }
}
