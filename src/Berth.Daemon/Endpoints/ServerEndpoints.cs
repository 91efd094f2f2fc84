using Berth.Api;
using Berth.Core;
using Berth.Core.State;
using Berth.Daemon.Http;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/</c> and <c>/1.0</c>: who we are and what we can do.</summary>
internal sealed class ServerEndpoints(ServerFacts facts, IStateStore store)
{
    public void Map(ApiRoutes routes) => routes
        .Get("/", request => request.SyncAsync(["/1.0"], BerthJson.Default.StringList))
        .Get("/1.0", request => request.WithETag(new ServerPut { Config = Config }, BerthJson.Default.ServerPut).SyncAsync(Describe(), BerthJson.Default.Server))
        .Put("/1.0", request => UpdateAsync(request, request.ReadAsync(BerthJson.Default.ServerPut)))
        .Patch("/1.0", request => UpdateAsync(request, JsonPatch.ReadAsync(request, new ServerPut { Config = Config }, BerthJson.Default.ServerPut)))
        .Get("/1.0/warnings", request => request.SyncAsync([], BerthJson.Default.StringList));

    private IReadOnlyDictionary<string, string> Config => Host.Config;

    private HostRecord Host => store.Find(Documents.Host, "", "host")?.Value ?? new("", []);

    private Server Describe() => new()
    {
        ApiExtensions = ApiExtensions.All,
        ApiStatus = "stable",
        ApiVersion = "1.0",
        Auth = "trusted",
        AuthMethods = ["tls"],
        AuthUserMethod = "unix",
        AuthUserName = "root",
        Config = Config,
        Environment = facts.Environment,
    };

    private async Task UpdateAsync(ApiRequest request, Task<ServerPut> reading)
    {
        var put = await reading;
        request.RequireMatch(new ServerPut { Config = Config }, BerthJson.Default.ServerPut);
        if (put.Config.Keys.FirstOrDefault(k => !k.StartsWith("user.", StringComparison.Ordinal)) is { } key)
        {
            throw BerthException.Unsupported($"The server key \"{key}\" is not supported yet; supported: user.*");
        }

        store.Put(Documents.Host, "", "host", Host with { Config = put.Config.Where(c => c.Value.Length > 0).ToDictionary() });
        await request.EmptyAsync();
    }
}
