using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Berth.Api;

namespace Berth.Cli.Client;

/// <summary>The API over the daemon's unix socket.</summary>
internal sealed class BerthClient : IDisposable
{
    private static readonly MediaTypeHeaderValue s_json = new("application/json");
    private readonly HttpMessageInvoker _http;
    private readonly string _socketPath;

    public BerthClient(string socketPath, string project)
    {
        _socketPath = socketPath;
        Project = project;
        _http = new HttpMessageInvoker(UnixHttp.Handler(socketPath));
    }

    /// <summary>The project of every call; empty for the server's default.</summary>
    public string Project { get; }

    public Task<ApiReply> GetAsync(string path, CancellationToken cancellation) => SendAsync(HttpMethod.Get, path, null, null, cancellation);

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        (await GetAsync(path, cancellation)).As(type);

    public Task<ApiReply> DeleteAsync(string path, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Delete, path, null, null, cancellation);

    public Task<ApiReply> PostAsync<T>(string path, T body, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, path, Json(JsonSerializer.SerializeToUtf8Bytes(body, type)), null, cancellation);

    public Task<ApiReply> PostAsync(string path, JsonObject body, CancellationToken cancellation) =>
        PostAsync(path, body, BerthJson.Default.JsonObject, cancellation);

    public Task<ApiReply> PutAsync<T>(string path, T body, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Put, path, Json(JsonSerializer.SerializeToUtf8Bytes(body, type)), null, cancellation);

    public Task<ApiReply> PutAsync(string path, JsonObject body, string etag, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Put, path, Json(JsonSerializer.SerializeToUtf8Bytes(body, BerthJson.Default.JsonObject)), etag, cancellation);

    /// <summary>One request with an answer in the API's envelope.</summary>
    /// <exception cref="ApiException">The server refused.</exception>
    /// <exception cref="CliException">The server cannot be reached.</exception>
    public async Task<ApiReply> SendAsync(HttpMethod method, string path, HttpContent? content, string? etag, CancellationToken cancellation)
    {
        using var request = Request(method, path, content);
        if (!string.IsNullOrEmpty(etag))
        {
            request.Headers.TryAddWithoutValidation("If-Match", etag);
        }

        using var response = await SendRawAsync(request, cancellation);
        var body = await response.Content.ReadAsByteArrayAsync(cancellation);
        return Envelope.Read(body, Header(response, "ETag"), path, (int)response.StatusCode);
    }

    /// <summary>One request whose answer is data. An error in the envelope is thrown.</summary>
    public async Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        var response = await SendRawAsync(request, cancellation);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            var path = request.RequestUri!.AbsolutePath;
            var body = await response.Content.ReadAsByteArrayAsync(cancellation);
            Envelope.Read(body, "", path, (int)response.StatusCode);
            throw new ApiException((int)response.StatusCode, $"the server answered {path} with HTTP status {(int)response.StatusCode}", path);
        }
    }

    public HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content = null) =>
        new(method, new Uri($"http://{UnixHttp.Authority}{WithProject(path)}")) { Content = content };

    /// <summary>A websocket, such as one of an operation's or the events.</summary>
    public async Task<WebSocket> WebSocketAsync(string path, CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Get, path);
        var response = await SendRawAsync(WebSocketUpgrade.Prepare(request), cancellation);
        if (response.StatusCode == HttpStatusCode.SwitchingProtocols)
        {
            return WebSocketUpgrade.Complete(await response.Content.ReadAsStreamAsync(cancellation));
        }

        using (response)
        {
            Envelope.Read(await response.Content.ReadAsByteArrayAsync(cancellation), "", path, (int)response.StatusCode);
            throw new CliException($"the server did not open the stream {path.Split('?')[0]}: HTTP status {(int)response.StatusCode}");
        }
    }

    /// <summary>A synchronous GET for shell completion, whose sources cannot wait asynchronously.</summary>
    public ApiReply Get(string path)
    {
        using var request = Request(HttpMethod.Get, path);
        using var client = new HttpClient(UnixHttp.Handler(_socketPath))
        {
            Timeout = TimeSpan.FromSeconds(2),
        };
        using var response = client.Send(request);
        using var body = new MemoryStream();
        response.Content.ReadAsStream().CopyTo(body);
        return Envelope.Read(body.ToArray(), "", path, (int)response.StatusCode);
    }

    public void Dispose() => _http.Dispose();

    public static string Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.First()
        : response.Content.Headers.TryGetValues(name, out values) ? values.First()
        : "";

    private async Task<HttpResponseMessage> SendRawAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            return await _http.SendAsync(request, cancellation);
        }
        catch (HttpRequestException e)
        {
            throw UnixHttp.Unreachable(_socketPath, e.InnerException ?? e);
        }
    }

    private string WithProject(string path) =>
        Project.Length == 0 || path.Contains("project=", StringComparison.Ordinal) || path.Contains("all-projects=", StringComparison.Ordinal)
            ? path
            : string.Concat(path, path.Contains('?', StringComparison.Ordinal) ? "&project=" : "?project=", Uri.EscapeDataString(Project));

    private static ByteArrayContent Json(byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = s_json;
        return content;
    }
}
