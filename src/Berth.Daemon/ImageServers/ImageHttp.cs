using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Berth.Core;
using Berth.Core.Images;

namespace Berth.Daemon.ImageServers;

/// <summary>HTTP to one server of images: a deadline for every step, redirects to http and https only, proxies as configured.</summary>
internal sealed class ImageHttp : IDisposable
{
    /// <summary>How long a server may take to answer, and then between two pieces of the answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const int MaxRedirects = 5;
    private static readonly ProductInfoHeaderValue s_agent = new("berth", Endpoints.ServerFacts.Version);
    private readonly HttpClient _client;
    private readonly string _base;

    private ImageHttp(SocketsHttpHandler handler, string baseUrl)
    {
        _base = baseUrl;
        _client = new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.Add(s_agent);
    }

    /// <param name="server">https://…, http://…, or unix:///path/to/socket where <paramref name="unix"/> allows it.</param>
    /// <param name="certificate">PEM of the one certificate that the server must show; empty: the host's authorities decide.</param>
    /// <exception cref="BerthException">BadRequest: neither a URL nor a certificate that can be used.</exception>
    public static ImageHttp Open(string server, string certificate, bool unix, ImageSettings settings)
    {
        if (unix && server.StartsWith("unix:", StringComparison.Ordinal))
        {
            return new ImageHttp(Unix(server[5..]), "http://unix");
        }

        if (!Uri.TryCreate(server, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0 || url.Fragment.Length > 0)
        {
            throw BerthException.BadRequest($"\"{server}\" is no URL of a server of images: give one that starts with https:// or http://");
        }

        var handler = Handler();
        handler.UseProxy = true;
        handler.Proxy = new ConfiguredProxy(settings);
        if (url.UserInfo.Length > 0)
        {
            handler.PreAuthenticate = true;
            handler.Credentials = Credentials(url);
        }

        if (certificate.Length > 0)
        {
            var pinned = Certificate(certificate);
            handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null && shown.GetRawCertData().AsSpan().SequenceEqual(pinned);
        }

        return new ImageHttp(handler, new UriBuilder(url) { UserName = "", Password = "" }.Uri.AbsoluteUri.TrimEnd('/'));
    }

    /// <summary>Sends a request and returns the answer's head; the body follows as it is read.</summary>
    /// <param name="path">Below the server's URL; empty for the URL itself.</param>
    /// <exception cref="BerthException">BadRequest: it cannot be reached, or is not trusted; Timeout.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, Action<HttpRequestMessage>? prepare, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path.Length == 0 ? _base : $"{_base}/{path}") { Content = content };
        prepare?.Invoke(request);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);

        // What is sent takes as long as it takes; an answer to what was sent at once does not.
        if (content is null)
        {
            deadline.CancelAfter(Patience);
        }

        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new BerthException(ErrorKind.Timeout, $"the server {_base} did not answer within {Patience.TotalSeconds:0} s");
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e);
        }
    }

    public Task<HttpResponseMessage> GetAsync(string path, CancellationToken cancel) => SendAsync(HttpMethod.Get, path, null, null, cancel);

    /// <summary>A whole small answer, and whether the server has it at all (null where it says 404).</summary>
    /// <exception cref="BerthException">BadRequest: larger than <paramref name="limit"/>, or another status than 200.</exception>
    public async Task<ReadOnlyMemory<byte>?> ReadAsync(string path, int limit, CancellationToken cancel)
    {
        using var response = await GetAsync(path, cancel);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        RequireSuccess(response, path);
        await using var body = await OpenBodyAsync(response, cancel);
        var whole = new MemoryStream();
        var buffer = new byte[64 << 10];
        while (await body.ReadAsync(buffer, cancel) is > 0 and var read)
        {
            whole.Write(buffer, 0, read);
            if (whole.Length > limit)
            {
                throw BerthException.BadRequest($"the server {_base} answers {path} with more than {limit} bytes: that is no list of images");
            }
        }

        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }

    /// <summary>The answer's body; a server that falls silent ends the reading.</summary>
    public async Task<Stream> OpenBodyAsync(HttpResponseMessage response, CancellationToken cancel) =>
        new PatientStream(await response.Content.ReadAsStreamAsync(cancel), _base);

    /// <exception cref="BerthException">NotFound or BadRequest.</exception>
    public void RequireSuccess(HttpResponseMessage response, string path)
    {
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            throw BerthException.NotFound($"the server {_base} has no {path}");
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw BerthException.BadRequest($"the server {_base} answers {path} with HTTP status {(int)response.StatusCode}");
        }
    }

    public void Dispose() => _client.Dispose();

    private static SocketsHttpHandler Handler() => new()
    {
        AllowAutoRedirect = true,
        MaxAutomaticRedirections = MaxRedirects,
        UseCookies = false,
        ConnectTimeout = Patience,
        ActivityHeadersPropagator = null,
        MaxResponseHeadersLength = 64,
    };

    private static SocketsHttpHandler Unix(string path)
    {
        var socketPath = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path;
        if (!Path.IsPathFullyQualified(socketPath) || socketPath.Length > 107)
        {
            throw BerthException.BadRequest($"unix:{path} names no socket: give its whole path, of up to 107 characters");
        }

        var handler = Handler();
        handler.UseProxy = false;
        handler.AllowAutoRedirect = false;
        handler.ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
        return handler;
    }

    /// <summary>Name and password go to this server alone, not to where it redirects to.</summary>
    private static CredentialCache Credentials(Uri url)
    {
        var parts = url.UserInfo.Split(':', 2);
        var login = new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "");
        return new CredentialCache { { new Uri(url.GetLeftPart(UriPartial.Authority)), "Basic", login } };
    }

    private static byte[] Certificate(string pem)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            return certificate.RawData;
        }
        catch (CryptographicException e)
        {
            throw new BerthException(ErrorKind.BadRequest, $"source.certificate is no certificate in PEM: {e.Message}", e);
        }
    }

    private BerthException Unreachable(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.SecureConnectionError => new(
            ErrorKind.BadRequest,
            $"the certificate of {_base} is not trusted: give the right one as source.certificate, or add its authority to the host's ({e.InnerException?.Message ?? e.Message})", e),
        _ => new(ErrorKind.BadRequest, $"the server {_base} cannot be reached: {e.InnerException?.Message ?? e.Message}", e),
    };
}
