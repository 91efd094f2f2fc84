using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Support;

/// <summary>Plain HTTP on the daemon's socket, without any of Berth's own client code.</summary>
internal sealed class Api : IDisposable
{
    private readonly HttpMessageInvoker _invoker;

    public Api(string socket)
    {
        _invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
                return new NetworkStream(connection, ownsSocket: true);
            },
        });
    }

    /// <summary>The metadata of a path that must answer with 200.</summary>
    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellation)
    {
        var (status, body) = await SendAsync(HttpMethod.Get, path, null, cancellation);
        Assert.True(status == HttpStatusCode.OK, $"GET {path}: {(int)status} {body}");
        return body.GetProperty("metadata");
    }

    public async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(
        HttpMethod method, string path, JsonNode? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, "http://berth" + path);
        request.Content = body is null ? null : JsonContent.Create(body);
        using var response = await _invoker.SendAsync(request, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        using var document = JsonDocument.Parse(text);
        return (response.StatusCode, document.RootElement.Clone());
    }

    /// <summary>The answer as it is, of a path that must answer with success.</summary>
    public async Task<string> TextAsync(string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://berth" + path);
        using var response = await _invoker.SendAsync(request, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        Assert.True(response.IsSuccessStatusCode, $"GET {path}: {(int)response.StatusCode} {text}");
        return text;
    }

    /// <summary>Sends, waits for the operation, and returns it: its <c>status_code</c> is 200 if it went well.</summary>
    public async Task<JsonElement> RunAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellation)
    {
        var (status, reply) = await SendAsync(method, path, body, cancellation);
        return status == HttpStatusCode.Accepted
            ? await GetAsync(reply.GetProperty("operation").GetString() + "/wait?timeout=300", cancellation)
            : reply;
    }

    public async Task<EventStream> EventsAsync(string types, CancellationToken cancellation) =>
        new(await WebSocketAsync($"/1.0/events?type={types}", cancellation));

    /// <summary>A websocket of an operation.</summary>
    public async Task<WebSocket> WebSocketAsync(string path, CancellationToken cancellation)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri("ws://berth" + path), _invoker, cancellation);
        return socket;
    }

    public void Dispose() => _invoker.Dispose();
}
