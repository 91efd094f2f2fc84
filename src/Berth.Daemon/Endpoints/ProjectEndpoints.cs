using Berth.Api;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Daemon.Http;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/projects</c>: one project, "default", until projects are served whole.</summary>
internal static class ProjectEndpoints
{
    private static readonly Project Default = new()
    {
        Name = InstanceId.DefaultProject,
        Description = "Default Berth project",
        Config = new Dictionary<string, string>
        {
            ["features.images"] = "true",
            ["features.networks"] = "true",
            ["features.networks.zones"] = "true",
            ["features.profiles"] = "true",
            ["features.storage.buckets"] = "true",
            ["features.storage.volumes"] = "true",
        },
    };

    public static void Map(ApiRoutes routes) => routes
        .Get("/1.0/projects", ListAsync)
        .Get("/1.0/projects/{name}", GetAsync)
        .Post("/1.0/projects", _ => throw BerthException.Unsupported("Projects other than \"default\" are not supported yet"));

    private static Task ListAsync(ApiRequest request) =>
        request.Recursion == 0
            ? request.SyncAsync(["/1.0/projects/default"], BerthJson.Default.StringList)
            : request.SyncAsync([Default], BerthJson.Default.ProjectList);

    private static Task GetAsync(ApiRequest request) =>
        request.Route("name") == Default.Name
            ? request.SyncAsync(Default, BerthJson.Default.Project)
            : throw BerthException.NotFound($"There is no project \"{request.Route("name")}\"; available: {Default.Name}");
}
