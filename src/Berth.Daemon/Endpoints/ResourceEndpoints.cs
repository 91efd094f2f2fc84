using Berth.Api;
using Berth.Daemon.Host;
using Berth.Daemon.Http;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/resources</c>: what the host has.</summary>
internal static class ResourceEndpoints
{
    private static readonly HostResources Host = new();

    public static void Map(ApiRoutes routes) => routes.Get("/1.0/resources", request => request.SyncAsync(Host.Read(), BerthJson.Default.Resources));
}
