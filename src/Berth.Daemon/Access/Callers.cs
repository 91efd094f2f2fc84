using System.Collections.Immutable;
using Berth.Core.Security;

namespace Berth.Daemon.Access;

/// <summary>Recognises callers. Asked anew for each request, so that a certificate that is taken away is untrusted at once.</summary>
internal sealed class Callers(TrustStore trust, TimeProvider time)
{
    /// <summary>Whoever may open the unix socket: its mode and group let nobody else.</summary>
    public static Caller Local(HttpContext http) => Caller.Local;

    /// <summary>By the client certificate of the connection.</summary>
    public Caller ByCertificate(HttpContext http)
    {
        if (http.Connection.ClientCertificate is not { } certificate || !ClientCertificate.IsInTime(certificate, time.GetUtcNow()))
        {
            return Caller.Untrusted;
        }

        var fingerprint = ClientCertificate.Fingerprint(certificate);
        return trust.Find(fingerprint) is { } known ? Of(known) : Caller.Untrusted;
    }

    internal static Caller Of(CertificateRecord certificate) => new(
        (certificate.Type, certificate.Restricted) switch
        {
            (CertificateType.Metrics, _) => Trust.Metrics,
            (_, true) => Trust.Restricted,
            _ => Trust.Full,
        },
        "tls",
        certificate.Fingerprint,
        certificate.Restricted ? certificate.Projects.ToImmutableHashSet(StringComparer.Ordinal) : null);
}
