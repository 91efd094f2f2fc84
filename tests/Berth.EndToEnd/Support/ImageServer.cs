using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Support;

/// <summary>A simplestreams server on loopback, over TLS with a certificate that nobody vouches for, which can be made to lie.</summary>
internal sealed class ImageServer : IAsyncDisposable
{
    public const string Alias = "busybox/1";

    private const string Products = "/streams/v1/images.json";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate = NewCertificate();
    private readonly ConcurrentDictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _asked = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly JsonObject _versions = [];
    private readonly Task _serving;

    public ImageServer()
    {
        _listener.Start();
        Put("/streams/v1/index.json", """{"index": {"images": {"datatype": "image-downloads", "path": "streams/v1/images.json", "products": ["busybox"]}}}""");
        _serving = ServeAsync();
    }

    public string Url => $"https://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>Paths that answer with a redirect.</summary>
    public ConcurrentDictionary<string, string> Redirects { get; } = new(StringComparer.Ordinal);

    /// <summary>Paths whose answer breaks off in the middle.</summary>
    public ConcurrentDictionary<string, bool> CutOff { get; } = new(StringComparer.Ordinal);

    /// <summary>Headers of answers, by path.</summary>
    public ConcurrentDictionary<string, string> Headers { get; } = new(StringComparer.Ordinal);

    public int Asked(string path) => _asked.GetValueOrDefault(path);

    public void Put(string path, byte[] content) => _files[path] = content;

    public void Put(string path, string content) => Put(path, Encoding.UTF8.GetBytes(content));

    /// <summary>Offers a unified image as the version of a day.</summary>
    /// <param name="lie">Changes what is said about it.</param>
    public void Offer(string serial, byte[] image, Action<JsonObject>? lie = null)
    {
        var item = new JsonObject
        {
            ["ftype"] = "incus_combined.tar.gz",
            ["path"] = $"images/{serial}/image.tar.gz",
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(image)),
            ["size"] = image.Length,
        };
        lie?.Invoke(item);
        Put($"/images/{serial}/image.tar.gz", image);
        _versions[serial] = new JsonObject { ["items"] = new JsonObject { ["incus_combined.tar.gz"] = item } };
        var product = new JsonObject
        {
            ["aliases"] = Alias, ["arch"] = "amd64", ["os"] = "Busybox", ["release"] = "1", ["release_title"] = "1", ["versions"] = _versions.DeepClone(),
        };
        Put(Products, new JsonObject { ["products"] = new JsonObject { ["busybox"] = product } }.ToJsonString());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _certificate.Dispose();
        _stop.Dispose();
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(7));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    private async Task ServeAsync()
    {
        var answers = new List<Task>();
        try
        {
            while (true)
            {
                answers.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(answers);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
            using var reader = new StreamReader(tls, Encoding.ASCII, leaveOpen: true);
            if (await reader.ReadLineAsync(_stop.Token) is not { } request || request.Split(' ') is not [var method, var target, _])
            {
                return;
            }

            while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 })
            {
                // Headers say nothing that matters here.
            }

            await WriteAsync(tls, method, WebUtility.UrlDecode(target.Split('?')[0]));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // The other side has gone, or does not trust us: that is its business.
        }
    }

    private async Task WriteAsync(SslStream tls, string method, string path)
    {
        _asked.AddOrUpdate(path, 1, (_, count) => count + 1);
        var content = _files.GetValueOrDefault(path);
        var head = new StringBuilder();
        head.Append(Redirects.ContainsKey(path) ? "HTTP/1.1 302 Found\r\n" : content is null ? "HTTP/1.1 404 Not Found\r\n" : "HTTP/1.1 200 OK\r\n");
        if (Redirects.TryGetValue(path, out var location))
        {
            head.Append($"Location: {location}\r\n");
            content = null;
        }

        head.Append($"Content-Length: {content?.Length ?? 0}\r\nConnection: close\r\n{Headers.GetValueOrDefault(path)}\r\n");
        await tls.WriteAsync(Encoding.ASCII.GetBytes(head.ToString()), _stop.Token);
        if (method != "HEAD" && content is not null)
        {
            await tls.WriteAsync(CutOff.ContainsKey(path) ? content.AsMemory(0, content.Length / 2) : content, _stop.Token);
        }
    }
}
