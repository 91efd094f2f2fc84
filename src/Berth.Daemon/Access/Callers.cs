using System.Collections.Immutable;
using Berth.Core.Security;
using Berth.Linux.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace Berth.Daemon.Access;

/// <summary>Recognises callers. Asked anew for each request, so that a certificate that is taken away is untrusted at once.</summary>
internal sealed class Callers(TrustStore trust, TimeProvider time)
{
    /// <summary>Whoever may open the unix socket: its mode and group let nobody else.</summary>
    public static Caller Local(HttpContext http) =>
        http.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket && PeerCredentials.Of(socket).Uid is not 0 and var uid
            ? Caller.Local with { Name = UserFile.NameOf(uid) }
            : Caller.Local;

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
