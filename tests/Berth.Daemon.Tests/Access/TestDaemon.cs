using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Berth.Core;
using Berth.Core.Events;
using Berth.Core.State;
using Berth.Daemon.Http;
using Berth.Daemon.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Berth.Daemon.Tests.Access;

/// <summary>The whole API of a daemon in this process, on its socket and over HTTPS, without anything of the host.</summary>
internal sealed class TestDaemon : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("berth-access");
    private readonly SqliteStateStore _store;
    private readonly LogfmtLoggerProvider _logs;
    private readonly WebApplication _server;
    private readonly Composition _composition;
    private string _fingerprint = "";

    private TestDaemon()
    {
        var layout = new HostLayout(Path.Combine(_directory.FullName, "state"), Path.Combine(_directory.FullName, "run"));
        Directory.CreateDirectory(layout.StateDirectory);
        Directory.CreateDirectory(layout.RuntimeDirectory);
        var events = new EventHub(TimeProvider.System);
        _store = SqliteStateStore.Open(layout.Database);
        _logs = new(LogLevel.Error, events, TimeProvider.System);
        _server = ApiServer.Build(layout, _logs, LogLevel.Error);
        _composition = new(layout, _store, events, _server.Services.GetRequiredService<ILoggerFactory>(), _logs, LogLevel.Error);
        Socket = layout.Socket;
    }

    public string Socket { get; }

    public int Port { get; } = FreePort();

    public IReadOnlyList<(string Method, string Path)> Routes => [.. _composition.Table.All];

    public static async Task<TestDaemon> StartAsync()
    {
        var daemon = new TestDaemon();
        daemon._composition.EnsureDefaults();
        daemon._composition.MapRoutes(daemon._server);
        await daemon._server.StartAsync(TestContext.Current.CancellationToken);
        using var root = daemon.Root();
        Assert.Equal(200, (await SendAsync(root, "PUT", "/1.0", $$$"""{"config":{"core.https_address":"127.0.0.1:{{{daemon.Port}}}"}}""")).Status);
        var (_, server, _) = await SendAsync(root, "GET", "/1.0");
        daemon._fingerprint = server!["environment"]!["certificate_fingerprint"]!.GetValue<string>();
        return daemon;
    }

    /// <summary>A client on the unix socket.</summary>
    public HttpClient Root() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new("http://berth"),
    };

    /// <summary>A client over HTTPS.</summary>
    public HttpClient Remote(X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant() == _fingerprint;
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificates = [certificate];
        }

        return new(handler) { BaseAddress = new($"https://127.0.0.1:{Port}") };
    }

    public static X509Certificate2 NewCertificate(string name, int days = 1)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = DateTimeOffset.UtcNow;
        return new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(Math.Min(days, 0) - 1), now.AddDays(days));
    }

    /// <summary>Trusts a certificate as the socket's user does.</summary>
    public async Task TrustAsync(X509Certificate2 certificate, string type, bool restricted, params string[] projects)
    {
        using var root = Root();
        var body = new JsonObject
        {
            ["name"] = "test",
            ["type"] = type,
            ["certificate"] = Convert.ToBase64String(certificate.RawData),
            ["restricted"] = restricted,
            ["projects"] = new JsonArray([.. projects.Select(p => JsonValue.Create(p))]),
        };
        Assert.Equal(201, (await SendAsync(root, "POST", "/1.0/certificates", body.ToJsonString())).Status);
    }

    public static async Task<(int Status, JsonNode? Metadata, string Error)> SendAsync(HttpClient client, string method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (body is not null || method is "POST" or "PUT" or "PATCH")
        {
            request.Content = new StringContent(body ?? "{}", Encoding.UTF8, "application/json");
        }

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var answer = text.StartsWith('{') ? JsonNode.Parse(text) : null;
        return ((int)response.StatusCode, answer?["metadata"], answer?["error"]?.GetValue<string>() ?? "");
    }

    public async ValueTask DisposeAsync()
    {
        await _composition.DisposeAsync();
        await _server.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _server.DisposeAsync();
        _logs.Dispose();
        _store.Dispose();
        _directory.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
