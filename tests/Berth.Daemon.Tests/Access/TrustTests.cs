using System.Text;
using System.Text.Json;
using Berth.Api;

namespace Berth.Daemon.Tests.Access;

public sealed class TrustTests
{
    [Fact]
    public async Task A_token_makes_its_bearer_trusted_once()
    {
        await using var daemon = await TestDaemon.StartAsync();
        using var alice = TestDaemon.NewCertificate("alice");
        using var mallory = TestDaemon.NewCertificate("mallory");
        using var client = daemon.Remote(alice);
        var token = await TokenAsync(daemon, """{"name":"alice","type":"client","token":true}""");
        Assert.Equal(403, (await TestDaemon.SendAsync(client, "GET", "/1.0/instances")).Status);
        Assert.Equal(201, (await TestDaemon.SendAsync(client, "POST", "/1.0/certificates", Redeem(token))).Status);
        Assert.Equal(200, (await TestDaemon.SendAsync(client, "GET", "/1.0/instances")).Status);
        using var second = daemon.Remote(mallory);
        Assert.Equal(403, (await TestDaemon.SendAsync(second, "POST", "/1.0/certificates", Redeem(token))).Status);
        Assert.Equal(403, (await TestDaemon.SendAsync(second, "GET", "/1.0/instances")).Status);
    }

    [Fact]
    public async Task The_token_decides_what_its_bearer_becomes()
    {
        await using var daemon = await TestDaemon.StartAsync();
        using var alice = TestDaemon.NewCertificate("alice");
        using var client = daemon.Remote(alice);
        var token = await TokenAsync(daemon, """{"name":"alice","type":"client","token":true,"restricted":true,"projects":["default"]}""");
        var greedy = $$"""{"type":"client","name":"root","restricted":false,"projects":[],"trust_token":"{{token}}"}""";
        Assert.Equal(201, (await TestDaemon.SendAsync(client, "POST", "/1.0/certificates", greedy)).Status);
        using var root = daemon.Root();
        var stored = (await TestDaemon.SendAsync(root, "GET", "/1.0/certificates?recursion=1")).Metadata!.Deserialize(BerthJson.Default.CertificateList)!.Single();
        Assert.True(stored is { Name: "alice", Restricted: true, Projects: ["default"] });
        Assert.Equal(403, (await TestDaemon.SendAsync(client, "PUT", "/1.0", """{"config":{}}""")).Status);
    }

    [Fact]
    public async Task A_revoked_token_and_nonsense_are_refused()
    {
        await using var daemon = await TestDaemon.StartAsync();
        using var root = daemon.Root();
        var token = await TokenAsync(daemon, """{"name":"alice","type":"client","token":true}""");
        var listed = (await TestDaemon.SendAsync(root, "GET", "/1.0/operations?recursion=1")).Metadata!;
        var id = listed["running"]![0]!["id"]!.GetValue<string>();
        Assert.Equal(200, (await TestDaemon.SendAsync(root, "DELETE", $"/1.0/operations/{id}")).Status);
        using var alice = TestDaemon.NewCertificate("alice");
        using var client = daemon.Remote(alice);
        foreach (var wrong in new[] { token, "", "x", Convert.ToBase64String("{}"u8), Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"secret":"0"}""")) })
        {
            Assert.Equal(403, (await TestDaemon.SendAsync(client, "POST", "/1.0/certificates", Redeem(wrong))).Status);
        }
    }

    [Fact]
    public async Task A_certificate_that_is_taken_away_is_untrusted_at_once()
    {
        await using var daemon = await TestDaemon.StartAsync();
        using var alice = TestDaemon.NewCertificate("alice");
        await daemon.TrustAsync(alice, "client", restricted: false);
        using var client = daemon.Remote(alice);
        Assert.Equal(200, (await TestDaemon.SendAsync(client, "GET", "/1.0/instances")).Status);
        using var root = daemon.Root();
        var path = (await TestDaemon.SendAsync(root, "GET", "/1.0/certificates")).Metadata![0]!.GetValue<string>();
        Assert.Equal(200, (await TestDaemon.SendAsync(root, "DELETE", path[..^40])).Status);
        Assert.Equal(403, (await TestDaemon.SendAsync(client, "GET", "/1.0/instances")).Status);
    }

    [Fact]
    public async Task A_restricted_client_renews_its_own_certificate_and_nothing_else()
    {
        await using var daemon = await TestDaemon.StartAsync();
        using var alice = TestDaemon.NewCertificate("alice");
        using var renewed = TestDaemon.NewCertificate("alice");
        using var bob = TestDaemon.NewCertificate("bob");
        await daemon.TrustAsync(alice, "client", restricted: true, "default");
        await daemon.TrustAsync(bob, "client", restricted: true, "default");
        using var client = daemon.Remote(alice);
        string Path(System.Security.Cryptography.X509Certificates.X509Certificate2 c) =>
            $"/1.0/certificates/{c.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256).ToLowerInvariant()}";
        Assert.Equal(403, (await TestDaemon.SendAsync(client, "PATCH", Path(alice), """{"restricted":false}""")).Status);
        Assert.Equal(403, (await TestDaemon.SendAsync(client, "PATCH", Path(alice), """{"projects":["default","other"]}""")).Status);
        Assert.Equal(403, (await TestDaemon.SendAsync(client, "DELETE", Path(bob))).Status);
        Assert.Equal(403, (await TestDaemon.SendAsync(client, "PATCH", Path(bob), """{"certificate":"x"}""")).Status);
        Assert.Equal(200, (await TestDaemon.SendAsync(client, "PATCH", Path(alice), $$"""{"certificate":"{{Convert.ToBase64String(renewed.RawData)}}"}""")).Status);
        using var next = daemon.Remote(renewed);
        Assert.Equal(200, (await TestDaemon.SendAsync(next, "GET", "/1.0/instances")).Status);
        Assert.Equal(403, (await TestDaemon.SendAsync(client, "GET", "/1.0/instances")).Status);
    }

    [Fact]
    public async Task An_expired_certificate_is_not_trusted_and_not_taken()
    {
        await using var daemon = await TestDaemon.StartAsync();
        using var old = TestDaemon.NewCertificate("old", days: -1);
        using var root = daemon.Root();
        var body = $$"""{"name":"old","type":"client","certificate":"{{Convert.ToBase64String(old.RawData)}}"}""";
        var (status, _, error) = await TestDaemon.SendAsync(root, "POST", "/1.0/certificates", body);
        Assert.Equal(400, status);
        Assert.Contains("expired", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name":"a","type":"server","certificate":"x"}""", 501)]
    [InlineData("""{"name":"a","type":"","certificate":"x"}""", 400)]
    [InlineData("""{"name":"a","type":"client","certificate":"!!"}""", 400)]
    [InlineData("""{"name":"a","type":"client","certificate":"AAAA"}""", 400)]
    [InlineData("""{"name":"a","type":"client"}""", 400)]
    [InlineData("""{"name":"a","type":"metrics","token":true}""", 400)]
    [InlineData("""{"name":"a","type":"client","token":true,"certificate":"x"}""", 400)]
    [InlineData("""{"name":"a","type":"client","token":true,"restricted":true,"projects":["nowhere"]}""", 404)]
    [InlineData("""{"name":"","type":"client","token":true}""", 400)]
    public async Task Bad_requests_are_refused(string body, int expected)
    {
        await using var daemon = await TestDaemon.StartAsync();
        using var root = daemon.Root();
        Assert.Equal(expected, (await TestDaemon.SendAsync(root, "POST", "/1.0/certificates", body)).Status);
    }

    [Fact]
    public async Task The_address_is_changed_while_a_request_over_it_is_answered()
    {
        await using var daemon = await TestDaemon.StartAsync();
        using var alice = TestDaemon.NewCertificate("alice");
        await daemon.TrustAsync(alice, "client", restricted: false);
        using var client = daemon.Remote(alice);
        Assert.Equal(400, (await TestDaemon.SendAsync(client, "PUT", "/1.0", """{"config":{"core.https_address":"192.0.2.1:8443"}}""")).Status);
        Assert.Equal(200, (await TestDaemon.SendAsync(client, "GET", "/1.0/instances")).Status);
        Assert.Equal(200, (await TestDaemon.SendAsync(client, "PUT", "/1.0", $$$"""{"config":{"core.https_address":"[::]:{{{daemon.Port}}}"}}""")).Status);
        using var again = daemon.Remote(alice);
        Assert.Equal(200, (await TestDaemon.SendAsync(again, "GET", "/1.0/instances")).Status);
        Assert.Equal(200, (await TestDaemon.SendAsync(again, "PUT", "/1.0", """{"config":{}}""")).Status);
        using var late = daemon.Remote(alice);
        await Assert.ThrowsAsync<HttpRequestException>(() => TestDaemon.SendAsync(late, "GET", "/1.0"));
    }

    private static string Redeem(string token) => $$"""{"type":"client","trust_token":"{{token}}"}""";

    /// <summary>A token as clients carry it.</summary>
    private static async Task<string> TokenAsync(TestDaemon daemon, string body)
    {
        using var root = daemon.Root();
        var (status, operation, error) = await TestDaemon.SendAsync(root, "POST", "/1.0/certificates", body);
        Assert.True(status == 202, error);
        Assert.Equal("token", operation!["class"]!.GetValue<string>());
        var secret = operation["metadata"]!["secret"]!.GetValue<string>();
        return Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(new CertificateAddToken { Secret = secret }, BerthJson.Default.CertificateAddToken));
    }
}
