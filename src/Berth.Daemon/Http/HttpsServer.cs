using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Berth.Core;
using Berth.Daemon.Access;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Berth.Daemon.Http;

/// <summary>
/// The API over HTTPS, while <c>core.https_address</c> is set. Any client certificate is accepted in the handshake; who it belongs
/// to, and what it may do, is decided for each request. Without an address nothing of this exists.
/// </summary>
internal sealed partial class HttpsServer(
    ServerCertificate certificate, Callers callers, Func<ApiRoutes> routes, ILoggerProvider logs, LogLevel minimum, ILogger<HttpsServer> log) : IAsyncDisposable
{
    /// <summary>How long what was begun on an old address may take, such as a shell in an instance.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromHours(12);

    private const int Backlog = 512;
    private readonly CancellationTokenSource _over = new();
    private readonly SemaphoreSlim _changing = new(1, 1);
    private WebApplication? _server;
    private Socket? _socket;

    /// <summary>Listens on another address, or on none ("").</summary>
    /// <exception cref="BerthException">BadRequest: it cannot be listened on.</exception>
    public async Task ListenAsync(string address, CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel);
        try
        {
            // The old socket first: the new address may be the same port.
            Release();
            if (HttpsAddress.TryParse(address) is { } wanted)
            {
                await StartAsync(address, wanted, cancel);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>At the daemon's start: an address that cannot be listened on does not keep the socket from being served.</summary>
    public async Task TryListenAsync(string address, CancellationToken cancel)
    {
        try
        {
            await ListenAsync(address, cancel);
        }
        catch (BerthException e)
        {
            LogNotListening(address, e.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        if (_server is { } server)
        {
            _socket?.Dispose();
            await server.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await server.DisposeAsync();
        }

        _over.Dispose();
        _changing.Dispose();
    }

    private async Task StartAsync(string address, HttpsAddress wanted, CancellationToken cancel)
    {
        var socket = Bind(address, await wanted.ResolveAsync(cancel));
        var server = Build(socket, certificate.Load());
        try
        {
            routes().MapOn(server, callers.ByCertificate);
            await server.StartAsync(cancel);
        }
        catch
        {
            socket.Dispose();
            await server.DisposeAsync();
            throw;
        }

        (_socket, _server) = (socket, server);
        LogListening(address);
    }

    /// <summary>Gives the port back at once; what is under way goes on until it ends by itself.</summary>
    private void Release()
    {
        if (_server is { } old)
        {
            _socket?.Dispose();
            _ = Task.Run(() => RetireAsync(old));
            (_socket, _server) = (null, null);
        }
    }

    private async Task RetireAsync(WebApplication old)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_over.Token);
        patience.CancelAfter(Linger);
        await old.StopAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await old.DisposeAsync();
    }

    private static Socket Bind(string address, System.Net.IPEndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endpoint.Address.Equals(System.Net.IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(endpoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw BerthException.BadRequest($"core.https_address: cannot listen on {address}: {e.Message}");
        }
    }

    private WebApplication Build(Socket socket, X509Certificate2 own)
    {
        var builder = ApiServer.Builder(logs, minimum);
        builder.Services.Configure<SocketTransportOptions>(o => o.CreateBoundListenSocket = _ => socket);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = Linger);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(socket.LocalEndPoint!, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = own,
                ClientCertificateMode = ClientCertificateMode.AllowCertificate,
                ClientCertificateValidation = (_, _, _) => true,
                SslProtocols = SslProtocols.Tls13,
                OnAuthenticate = (_, tls) => tls.AllowTlsResume = false,
            });
        }));
        return ApiServer.Finish(builder);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The API is served on {Address} (HTTPS)")]
    private partial void LogListening(string address);

    [LoggerMessage(Level = LogLevel.Error, Message = "The API is not served on {Address}: {Reason}")]
    private partial void LogNotListening(string address, string reason);
}
