using Berth.Api;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Operations;
using Berth.Daemon.Http;
using Berth.Daemon.Sessions;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/instances/NAME/console</c>: attach, and read what it printed.</summary>
internal sealed class ConsoleEndpoints(InstanceRegistry registry, OperationRegistry operations)
{
    public void Map(ApiRoutes routes) => routes
        .Post("/1.0/instances/{name}/console", AttachAsync)
        .Get("/1.0/instances/{name}/console", ReadLogAsync);

    private async Task AttachAsync(ApiRequest request)
    {
        var instance = registry.Get(request.Project, request.Route("name"));
        var post = await request.ReadAsync(BerthJson.Default.InstanceConsolePost);
        if (post.Type is not ("" or "console"))
        {
            throw BerthException.Unsupported($"Consoles of type \"{post.Type}\" are not supported; available: console");
        }

        var session = new ConsoleSession(instance.RequireRunning(), post.Width, post.Height);
        await request.AsyncAsync(operations.Start(
            InstanceEndpoints.Request(instance, "Showing console") with
            {
                Class = OperationClass.Websocket,
                Metadata = session.Metadata,
                Connect = session.ConnectAsync,
                MayCancel = true,
            },
            session.RunAsync));
    }

    private async Task ReadLogAsync(ApiRequest request)
    {
        var running = registry.Get(request.Project, request.Route("name")).RequireRunning();
        var log = await running.ReadConsoleLogAsync(request.Aborted);
        request.Http.Response.ContentType = "application/octet-stream";
        request.Http.Response.ContentLength = log.Length;
        await request.Http.Response.Body.WriteAsync(log, request.Aborted);
    }
}
