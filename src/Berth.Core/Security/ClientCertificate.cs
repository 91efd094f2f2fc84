using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Berth.Core.Security;

/// <summary>A client's certificate: what it must be to be trusted, and how it is named.</summary>
public static class ClientCertificate
{
    private const int WeakestRsa = 2048;
    private const int LargestText = 64 << 10;

    /// <summary>Reads PEM, or DER in base64 as clients send it.</summary>
    /// <exception cref="BerthException">BadRequest: it is no certificate.</exception>
    public static X509Certificate2 Read(string text)
    {
        if (text.Length > LargestText)
        {
            throw BerthException.BadRequest($"Invalid certificate material: it has {text.Length} characters, the most is {LargestText}");
        }

        try
        {
            return text.Contains("-----BEGIN", StringComparison.Ordinal)
                ? X509Certificate2.CreateFromPem(text)
                : X509CertificateLoader.LoadCertificate(Convert.FromBase64String(text.Trim()));
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            throw BerthException.BadRequest($"Invalid certificate material: {e.Message}");
        }
    }

    /// <exception cref="BerthException">BadRequest: not valid now, or too weak.</exception>
    public static void Validate(X509Certificate2 certificate, DateTimeOffset now)
    {
        if (!IsInTime(certificate, now))
        {
            throw BerthException.BadRequest(now < certificate.NotBefore
                ? $"The certificate is not valid yet: it begins on {certificate.NotBefore.ToUniversalTime():u}"
                : $"The certificate has expired on {certificate.NotAfter.ToUniversalTime():u}");
        }

        using var rsa = certificate.GetRSAPublicKey();
        if (rsa?.KeySize < WeakestRsa)
        {
            throw BerthException.BadRequest($"The RSA key of the certificate is too weak: {rsa.KeySize} bits, the least is {WeakestRsa}");
        }
    }

    public static bool IsInTime(X509Certificate2 certificate, DateTimeOffset now) =>
        now >= new DateTimeOffset(certificate.NotBefore) && now <= new DateTimeOffset(certificate.NotAfter);

    public static string Fingerprint(X509Certificate2 certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));

    /// <summary>PEM without what the client sent around it.</summary>
    public static string ToPem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n";
}
