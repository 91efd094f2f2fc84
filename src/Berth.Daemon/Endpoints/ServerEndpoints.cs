using Berth.Api;
using Berth.Core.Server;
using Berth.Core.Storage;
using Berth.Daemon.Access;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/</c> and <c>/1.0</c>: who we are, what we can do, and the server's configuration.</summary>
internal sealed class ServerEndpoints(ServerFacts facts, ServerConfig config, ServerCertificate certificate, IReadOnlyList<IStorageDriver> drivers)
{
    public void Map(ApiRoutes routes) => routes
        .Get("/", request => request.SyncAsync(["/1.0"], BerthJson.Default.StringList))
        .Get("/1.0", GetAsync)
        .Put("/1.0", request => UpdateAsync(request, (_, wanted) => wanted))
        .Patch("/1.0", request => UpdateAsync(request, (present, wanted) => present.SetItems(wanted)))

        // Of Incus' internal API what "incus admin waitready" asks: who is answered is served.
        .Get("/internal/ready", request => request.EmptyAsync())
        .Get("/1.0/metadata/configuration", request => request.SyncAsync(ConfigurationMap.ToWire(config, drivers), BerthJson.Default.MetadataConfiguration));

    private ServerPut Changeable => new() { Config = config.Present };

    /// <summary>What strangers and restricted clients see of the configuration: what a web console of theirs needs.</summary>
    private IReadOnlyDictionary<string, string> ForEverybody =>
        config.Present.Where(c => c.Key.StartsWith("user.ui.", StringComparison.Ordinal)).ToDictionary();

    private Task GetAsync(ApiRequest request) => request.Caller.IsTrusted
        ? request.WithETag(Changeable, BerthJson.Default.ServerPut).SyncAsync(Describe(request.Caller, request.NamedProject), BerthJson.Default.Server)
        : request.SyncAsync(
            new ServerUntrusted
            {
                ApiExtensions = ApiExtensions.All,
                ApiStatus = "stable",
                ApiVersion = "1.0",
                Auth = "untrusted",
                AuthMethods = ["tls"],
                Config = ForEverybody,
            },
            BerthJson.Default.ServerUntrusted);

    private Server Describe(Caller caller, string project) => new()
    {
        ApiExtensions = ApiExtensions.All,
        ApiStatus = "stable",
        ApiVersion = "1.0",
        Auth = "trusted",
        AuthMethods = ["tls"],
        AuthUserMethod = caller.Method,
        AuthUserName = caller.Name,
        Config = caller.IsFull ? config.Present : ForEverybody,
        Environment = facts.Environment(project) with
        {
            Addresses = HttpsAddress.TryParse(config.Get(HttpsKeys.Address))?.Reachable() ?? [],
            Certificate = certificate.Pem,
            CertificateFingerprint = certificate.Fingerprint,
        },
    };

    private async Task UpdateAsync(
        ApiRequest request,
        Func<System.Collections.Immutable.ImmutableSortedDictionary<string, string>, IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>> change)
    {
        var put = await request.ReadAsync(BerthJson.Default.ServerPut);
        request.RequireMatch(Changeable, BerthJson.Default.ServerPut);

        // What a changed key puts into effect is not abandoned half-way because the client went away.
        await config.UpdateAsync(present => change(present, put.Config), CancellationToken.None);
        await request.EmptyAsync();
    }
}
