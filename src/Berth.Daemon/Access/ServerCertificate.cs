using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Berth.Core;
using Berth.Core.Security;

namespace Berth.Daemon.Access;

/// <summary>
/// The server's own certificate: <c>server.crt</c> and <c>server.key</c> in the state directory, made when it is first needed
/// (ECDSA P-384, signed by itself, for ten years). Whoever puts other files there has them used after a restart.
/// </summary>
internal sealed class ServerCertificate(HostLayout layout, TimeProvider time)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Readable = Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private static readonly TimeSpan Life = TimeSpan.FromDays(3650);

    private readonly Lock _making = new();
    private (string Pem, string Fingerprint)? _public;

    /// <summary>The certificate alone, as clients pin it.</summary>
    public string Pem => Public().Pem;

    public string Fingerprint => Public().Fingerprint;

    private string CertificatePath => Path.Combine(layout.StateDirectory, "server.crt");

    private string KeyPath => Path.Combine(layout.StateDirectory, "server.key");

    /// <summary>With its key, for TLS.</summary>
    public X509Certificate2 Load()
    {
        lock (_making)
        {
            EnsureMade();
            return X509Certificate2.CreateFromPemFile(CertificatePath, KeyPath);
        }
    }

    private (string Pem, string Fingerprint) Public()
    {
        lock (_making)
        {
            if (_public is not { } known)
            {
                EnsureMade();
                using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(CertificatePath));
                known = (ClientCertificate.ToPem(certificate), ClientCertificate.Fingerprint(certificate));
                _public = known;
            }

            return known;
        }
    }

    private void EnsureMade()
    {
        if (File.Exists(CertificatePath) && File.Exists(KeyPath))
        {
            return;
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var certificate = Make(key, time.GetUtcNow());

        // The key first: a certificate without its key would be taken for a whole pair half-made.
        Write(KeyPath, key.ExportECPrivateKeyPem() + "\n", Private);
        Write(CertificatePath, ClientCertificate.ToPem(certificate), Readable);
    }

    private static X509Certificate2 Make(ECDsa key, DateTimeOffset now)
    {
        var host = Environment.MachineName;
        var subject = new X500DistinguishedNameBuilder();
        subject.AddOrganizationName("Berth");
        subject.AddCommonName($"root@{host}");
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1")], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        if (Uri.CheckHostName(host) == UriHostNameType.Dns)
        {
            names.AddDnsName(host);
        }

        names.AddIpAddress(System.Net.IPAddress.Loopback);
        names.AddIpAddress(System.Net.IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(now.AddMinutes(-1), now + Life);
    }

    /// <summary>Whole or not at all.</summary>
    private static void Write(string path, string text, UnixFileMode mode)
    {
        var staged = path + ".new";
        File.Delete(staged);
        using (var file = new FileStream(staged, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode }))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(staged, path, overwrite: true);
    }
}
