using System.Net.WebSockets;
using Berth.Core.Operations;

namespace Berth.Daemon.Sessions;

/// <summary>A request that waits to become a websocket.</summary>
internal sealed class WebSocketOffer(HttpContext http) : IWebSocketOffer
{
    public Task<WebSocket> AcceptAsync(CancellationToken cancel) =>
        http.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = TimeSpan.FromSeconds(30) });
}
