using System.Net.WebSockets;

namespace Berth.Cli.Client;

/// <summary>
/// The opening handshake of a websocket (RFC 6455, section 4.1). The framework's own client checks the server's answer to the
/// key, which guards against caches and confused proxies, and loads OpenSSL for that one hash, at every exec: on a unix socket
/// there is nobody in between.
/// </summary>
internal static class WebSocketUpgrade
{
    public static HttpRequestMessage Prepare(HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", Convert.ToBase64String(Guid.NewGuid().ToByteArray()));
        return request;
    }

    public static WebSocket Complete(Stream connection) =>
        WebSocket.CreateFromStream(connection, new WebSocketCreationOptions { IsServer = false, KeepAliveInterval = TimeSpan.Zero });
}
