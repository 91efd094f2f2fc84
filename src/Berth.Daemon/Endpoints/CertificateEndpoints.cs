using System.Text.Json;
using Berth.Api;
using Berth.Core;
using Berth.Core.Resources;
using Berth.Core.Security;
using Berth.Core.Server;
using Berth.Daemon.Access;
using Berth.Daemon.Http;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/certificates</c>: who is trusted, and tokens to become so.</summary>
internal sealed class CertificateEndpoints(TrustStore trust, TrustTokens tokens, ServerCertificate own, ServerConfig config, TimeProvider time)
{
    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/certificates", ListAsync)
        .Post("/1.0/certificates", AddAsync)
        .Get("/1.0/certificates/{fingerprint}", GetAsync)
        .Put("/1.0/certificates/{fingerprint}", request => UpdateAsync(request, request.ReadAsync(BerthJson.Default.CertificatePut)))
        .Patch("/1.0/certificates/{fingerprint}", request => UpdateAsync(request, JsonPatch.ReadAsync(request, Changeable(Find(request)), BerthJson.Default.CertificatePut)))
        .Delete("/1.0/certificates/{fingerprint}", DeleteAsync);

    private CertificateRecord Find(ApiRequest request) => trust.Get(request.Route("fingerprint"));

    private static Certificate ToWire(CertificateRecord certificate) => new()
    {
        CertificateValue = certificate.Certificate,
        Description = certificate.Description,
        Fingerprint = certificate.Fingerprint,
        Name = certificate.Name,
        Projects = certificate.Projects,
        Restricted = certificate.Restricted,
        Type = TypeName(certificate.Type),
    };

    private static CertificatePut Changeable(CertificateRecord certificate) => new()
    {
        Certificate = certificate.Certificate,
        Description = certificate.Description,
        Name = certificate.Name,
        Projects = certificate.Projects,
        Restricted = certificate.Restricted,
        Type = TypeName(certificate.Type),
    };

    private static string TypeName(CertificateType type) => type == CertificateType.Metrics ? "metrics" : "client";

    private static CertificateType TypeOf(string name) => name switch
    {
        "client" => CertificateType.Client,
        "metrics" => CertificateType.Metrics,
        "server" => throw BerthException.Unsupported("Certificates of type \"server\" are for clusters, which Berth does not have; give client or metrics"),
        _ => throw BerthException.BadRequest($"There is no certificate type \"{name}\"; available: client, metrics"),
    };

    private Task ListAsync(ApiRequest request)
    {
        var list = trust.List().Select(ToWire);
        list = ListFilter.Parse(request.Query("filter"))?.Apply(list, BerthJson.Default.Certificate) ?? list;
        return request.Recursion == 0
            ? request.SyncAsync([.. list.Select(c => $"/1.0/certificates/{c.Fingerprint}")], BerthJson.Default.StringList)
            : request.SyncAsync([.. list], BerthJson.Default.CertificateList);
    }

    private Task GetAsync(ApiRequest request)
    {
        var certificate = Find(request);
        return request.WithETag(Changeable(certificate), BerthJson.Default.CertificatePut).SyncAsync(ToWire(certificate), BerthJson.Default.Certificate);
    }

    private async Task AddAsync(ApiRequest request)
    {
        var post = await request.ReadAsync(BerthJson.Default.CertificatesPost);
        if (post.Token)
        {
            await IssueAsync(request, post);
            return;
        }

        if (request.Caller.IsTrusted && post.Certificate.Length == 0)
        {
            throw BerthException.BadRequest("Client is already trusted");
        }

        var wanted = request.Caller.IsFull
            ? new CertificateRecord
            {
                Fingerprint = "",
                Certificate = "",
                Name = post.Name,
                Type = TypeOf(post.Type),
                Description = post.Description,
                Restricted = post.Restricted,
                Projects = [.. post.Projects.Distinct()],
            }
            : FromToken(request, post);

        // A stranger adds the certificate that it connected with: it has shown that it holds the key.
        var certificate = request.Caller.IsFull || post.Certificate.Length > 0
            ? ClientCertificate.Read(post.Certificate)
            : request.Http.Connection.ClientCertificate ?? throw BerthException.BadRequest("No client certificate provided");
        ClientCertificate.Validate(certificate, time.GetUtcNow());
        wanted = wanted with
        {
            Fingerprint = ClientCertificate.Fingerprint(certificate),
            Certificate = ClientCertificate.ToPem(certificate),
            Name = wanted.Name.Length > 0 ? wanted.Name : NameOf(certificate) ?? request.Http.Connection.RemoteIpAddress?.ToString() ?? "client",
        };
        trust.Add(wanted);
        await request.CreatedAsync($"/1.0/certificates/{wanted.Fingerprint}");
    }

    private static string? NameOf(System.Security.Cryptography.X509Certificates.X509Certificate2 certificate) =>
        certificate.GetNameInfo(System.Security.Cryptography.X509Certificates.X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } name ? name : null;

    /// <summary>The token says what its bearer becomes, not the bearer.</summary>
    private CertificateRecord FromToken(ApiRequest request, CertificatesPost post)
    {
        if (Secret(post.TrustToken) is not { } secret)
        {
            throw Authoriser.Forbidden(request.Caller);
        }

        var granted = tokens.Redeem(secret)
            ?? throw new BerthException(ErrorKind.Forbidden, "The token is not valid: it was used, revoked or is too old; ask for a new one");
        return new()
        {
            Fingerprint = "",
            Certificate = "",
            Name = granted.Name,
            Restricted = granted.Restricted,
            Projects = granted.Projects,
        };
    }

    /// <summary>Tokens are JSON in base64.</summary>
    private static string? Secret(string token)
    {
        try
        {
            return JsonSerializer.Deserialize(Convert.FromBase64String(token), BerthJson.Default.CertificateAddToken)?.Secret is { Length: > 0 } secret ? secret : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    private async Task IssueAsync(ApiRequest request, CertificatesPost post)
    {
        if (!request.Caller.IsFull)
        {
            throw Authoriser.Forbidden(request.Caller);
        }

        if (post.Certificate.Length > 0)
        {
            throw BerthException.BadRequest("Give either a certificate or ask for a token, not both");
        }

        if (post.Type != "client")
        {
            throw BerthException.BadRequest("Tokens are for certificates of type client only");
        }

        var address = HttpsAddress.TryParse(config.Get(HttpsKeys.Address))
            ?? throw BerthException.BadRequest("A token is of no use while the server does not listen on the network: set core.https_address first, for example :8443");
        trust.Check(post.Name, post.Projects);
        var expiry = config.Get(HttpsKeys.TokenExpiry);
        await request.AsyncAsync(tokens.Issue(
            new(post.Name, post.Restricted, [.. post.Projects.Distinct()]),
            own.Fingerprint,
            [.. address.Reachable()],
            expiry.Length > 0 ? ExpirySpan.Parse(HttpsKeys.TokenExpiry, expiry).After(time.GetUtcNow()) : null));
    }

    private async Task UpdateAsync(ApiRequest request, Task<CertificatePut> reading)
    {
        var present = Find(request);
        var put = await reading;
        request.RequireMatch(Changeable(present), BerthJson.Default.CertificatePut);
        if (TypeOf(put.Type.Length > 0 ? put.Type : TypeName(present.Type)) != present.Type)
        {
            throw BerthException.BadRequest("The type of a certificate cannot be changed");
        }

        var changed = present with { Name = put.Name, Description = put.Description, Restricted = put.Restricted, Projects = [.. put.Projects.Distinct()] };
        if (!request.Caller.IsFull)
        {
            RequireOwn(request, present);
            if (changed.Name != present.Name || changed.Restricted != present.Restricted || !changed.Projects.SequenceEqual(present.Projects))
            {
                throw new BerthException(ErrorKind.Forbidden, "Only the certificate can be changed");
            }
        }

        if (put.Certificate.Length > 0 && put.Certificate.Trim() != present.Certificate.Trim())
        {
            using var certificate = ClientCertificate.Read(put.Certificate);
            ClientCertificate.Validate(certificate, time.GetUtcNow());
            changed = changed with { Certificate = ClientCertificate.ToPem(certificate), Fingerprint = ClientCertificate.Fingerprint(certificate) };
        }

        trust.Update(present.Fingerprint, changed);
        await request.EmptyAsync();
    }

    private Task DeleteAsync(ApiRequest request)
    {
        var certificate = Find(request);
        if (!request.Caller.IsFull)
        {
            RequireOwn(request, certificate);
        }

        trust.Delete(certificate.Fingerprint);
        return request.EmptyAsync();
    }

    /// <summary>Whoever is restricted may renew or give up what is theirs.</summary>
    private static void RequireOwn(ApiRequest request, CertificateRecord certificate)
    {
        if (request.Caller.Name != certificate.Fingerprint)
        {
            throw Authoriser.Forbidden(request.Caller);
        }
    }
}
