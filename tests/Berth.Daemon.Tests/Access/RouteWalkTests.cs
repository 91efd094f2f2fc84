using System.Text.RegularExpressions;

namespace Berth.Daemon.Tests.Access;

/// <summary>
/// Every route that there is, asked by callers of every kind. What they may ask is written here by itself: a route that is added
/// and forgotten here must be closed to strangers, and to restricted clients where it is not about a project.
/// </summary>
public sealed partial class RouteWalkTests
{
    private static readonly string[] ForStrangers =
    [
        "GET /", "GET /1.0", "GET /1.0/metadata/configuration",
        "GET /1.0/images", "GET /1.0/images/{fingerprint}", "GET /1.0/images/{fingerprint}/export", "GET /1.0/images/aliases/{**name}",
    ];

    /// <summary>With a secret in the query, which the walk does not have.</summary>
    private static readonly string[] WithSecret = ["GET /1.0/operations/{id}/wait", "GET /1.0/operations/{id}/websocket"];

    private static readonly string[] ForRestricted =
    [
        "GET /1.0/certificates", "POST /1.0/certificates", "GET /1.0/certificates/{fingerprint}", "PUT /1.0/certificates/{fingerprint}",
        "PATCH /1.0/certificates/{fingerprint}", "DELETE /1.0/certificates/{fingerprint}",
        "GET /1.0/operations", "GET /1.0/operations/{id}", "DELETE /1.0/operations/{id}", "GET /1.0/projects", "GET /1.0/resources",
        "GET /1.0/metrics", "GET /1.0/storage-pools", "GET /1.0/storage-pools/{name}", "GET /1.0/storage-pools/{name}/resources",
    ];

    /// <summary>Listings that show what is the caller's, and no more, whatever is asked for.</summary>
    private static readonly string[] Filtered = ["GET /1.0/instances", "GET /1.0/images", "GET /1.0/profiles"];

    [Fact]
    public async Task A_stranger_gets_what_is_public()
    {
        await using var daemon = await TestDaemon.StartAsync();
        using var certificate = TestDaemon.NewCertificate("stranger");
        using var nobody = daemon.Remote(null);
        using var stranger = daemon.Remote(certificate);
        foreach (var (method, path) in daemon.Routes)
        {
            foreach (var client in new[] { nobody, stranger })
            {
                var (status, _, _) = await TestDaemon.SendAsync(client, method, Concrete(path));
                var open = ForStrangers.Contains($"{method} {path}") || WithSecret.Contains($"{method} {path}");
                Assert.True(open ? status is 200 or 404 : status == 403, $"{method} {path}: {status}");
            }
        }

        var (_, server, _) = await TestDaemon.SendAsync(stranger, "GET", "/1.0");
        Assert.Equal("untrusted", server!["auth"]!.GetValue<string>());
        Assert.Null(server["environment"]);
        Assert.Equal(403, (await TestDaemon.SendAsync(stranger, "GET", "/1.0/cluster")).Status);
        Assert.Equal(403, (await TestDaemon.SendAsync(stranger, "GET", "/1.0/anything")).Status);
        Assert.Equal(403, (await TestDaemon.SendAsync(stranger, "GET", "/1.0/images?all-projects=true")).Status);
    }

    [Fact]
    public async Task A_restricted_client_stays_in_its_project()
    {
        await using var daemon = await TestDaemon.StartAsync();
        using var root = daemon.Root();
        foreach (var project in new[] { "shop", "other" })
        {
            Assert.Equal(201, (await TestDaemon.SendAsync(root, "POST", "/1.0/projects", $$"""{"name":"{{project}}"}""")).Status);
        }

        using var certificate = TestDaemon.NewCertificate("shop");
        await daemon.TrustAsync(certificate, "client", restricted: true, "shop");
        using var client = daemon.Remote(certificate);
        foreach (var (method, path) in daemon.Routes)
        {
            var route = $"{method} {path}";
            foreach (var foreign in new[] { "", "?project=default", "?project=other", "?project=nowhere", "?all-projects=true" })
            {
                var (status, metadata, error) = await TestDaemon.SendAsync(client, method, Concrete(path) + foreign);
                if (Filtered.Contains(route))
                {
                    Assert.True(status == 200, $"{route}{foreign}: {status}");
                    Assert.DoesNotContain("default?project=other", metadata!.ToJsonString(), StringComparison.Ordinal);
                }
                else if (route == "GET /1.0/events" && foreign == "?all-projects=true")
                {
                    // Those of its projects; the walk asks without a websocket.
                    Assert.Equal(400, status);
                }
                else if (!ForStrangers.Contains(route) && !ForRestricted.Contains(route) && !WithSecret.Contains(route))
                {
                    Assert.True(status == 403 && (error.Length > 0 || method == "HEAD"), $"{route}{foreign}: {status} {error}");
                }
            }

            var own = path.StartsWith("/1.0/projects/{name}", StringComparison.Ordinal) ? Concrete(path).Replace("/x", "/shop", StringComparison.Ordinal) : Concrete(path);
            var (ownStatus, _, ownError) = await TestDaemon.SendAsync(client, method, own + "?project=shop");
            Assert.True((ownStatus == 403) == IsForbidden(method, path), $"{route}?project=shop: {ownStatus} {ownError}");
        }
    }

    [Fact]
    public async Task A_metrics_certificate_reads_metrics_alone()
    {
        await using var daemon = await TestDaemon.StartAsync();
        using var certificate = TestDaemon.NewCertificate("prometheus");
        await daemon.TrustAsync(certificate, "metrics", restricted: false);
        using var client = daemon.Remote(certificate);
        foreach (var (method, path) in daemon.Routes.Where(r => r.Path != "/1.0/metrics"))
        {
            var (status, _, _) = await TestDaemon.SendAsync(client, method, Concrete(path));
            Assert.True(ForStrangers.Contains($"{method} {path}") || WithSecret.Contains($"{method} {path}") || status == 403, $"{method} {path}: {status}");
        }
    }

    /// <summary>What is no project's.</summary>
    private static bool IsForbidden(string method, string path)
    {
        var reads = method is "GET" or "HEAD";
        return path switch
        {
            "/1.0" => !reads,
            _ when path.StartsWith("/1.0/projects", StringComparison.Ordinal) => !reads || path.EndsWith("/access", StringComparison.Ordinal),
            _ when path.StartsWith("/1.0/networks", StringComparison.Ordinal) => !reads,
            _ when path.StartsWith("/1.0/storage-pools", StringComparison.Ordinal) => !reads && !path.Contains("/volumes", StringComparison.Ordinal) && !path.Contains("/buckets", StringComparison.Ordinal),
            _ when path.StartsWith("/1.0/instances", StringComparison.Ordinal) => false,
            _ when path.StartsWith("/1.0/images", StringComparison.Ordinal) => false,
            _ when path.StartsWith("/1.0/profiles", StringComparison.Ordinal) => false,
            "/1.0/events" => false,
            _ => !ForStrangers.Contains($"{method} {path}") && !ForRestricted.Contains($"{method} {path}") && !WithSecret.Contains($"{method} {path}"),
        };
    }

    private static string Concrete(string path) => Parameter().Replace(path, match => match.Value switch
    {
        "{id}" => Guid.Empty.ToString(),
        "{fingerprint}" => "abcdef",
        "{type}" => "custom",
        _ => "x",
    });

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
