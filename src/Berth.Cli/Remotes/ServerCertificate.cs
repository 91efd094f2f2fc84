using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace Berth.Cli.Remotes;

/// <summary>The certificate that a server shows.</summary>
internal static class ServerCertificate
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <returns>Null when the host's authorities vouch for it; else the certificate (PEM) and its SHA-256.</returns>
    /// <exception cref="CliException">The server cannot be reached, or speaks no TLS.</exception>
    public static async Task<(string Pem, string Fingerprint)?> ReadUntrustedAsync(Uri url, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(s_patience);
        (string, string)? untrusted = null;
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(url.Host, url.Port, deadline.Token);
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = url.Host,
                    RemoteCertificateValidationCallback = (_, shown, _, errors) =>
                    {
                        if (errors != SslPolicyErrors.None && shown is not null)
                        {
                            var raw = shown.GetRawCertData();
                            untrusted = (PemEncoding.WriteString("CERTIFICATE", raw) + "\n", Convert.ToHexStringLower(SHA256.HashData(raw)));
                        }

                        return shown is not null;
                    },
                },
                deadline.Token);
            return untrusted;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CliException($"{url.Authority} did not answer within {s_patience.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is SocketException or AuthenticationException or IOException)
        {
            throw new CliException($"{url.Authority} cannot be reached over TLS: {e.Message}");
        }
    }
}
