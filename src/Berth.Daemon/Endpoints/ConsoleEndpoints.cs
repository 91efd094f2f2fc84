using Berth.Api;
using Berth.Core;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.Operations;
using Berth.Daemon.Http;
using Berth.Daemon.Sessions;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/instances/NAME/console</c>: attach, and read what it printed.</summary>
internal sealed class ConsoleEndpoints(InstanceRegistry registry, OperationRegistry operations, HostLayout layout, EventHub events)
{
    public void Map(ApiRoutes routes) => routes
        .Post("/1.0/instances/{name}/console", AttachAsync)
        .Get("/1.0/instances/{name}/console", ReadLogAsync)
        .Delete("/1.0/instances/{name}/console", ClearLogAsync);

    private async Task AttachAsync(ApiRequest request)
    {
        var instance = registry.Get(request.Project, request.Route("name"));
        var post = await request.ReadAsync(BerthJson.Default.InstanceConsolePost);
        if (post.Type is not ("" or "console"))
        {
            throw BerthException.Unsupported($"Consoles of type \"{post.Type}\" are not supported; available: console");
        }

        var session = new ConsoleSession(instance.RequireRunning(), post.Width, post.Height)
        {
            Attached = () => events.Lifecycle(
                "instance-console", instance.Id.Project, InstanceLifecycle.PathOf(instance), instance.Id.Name, ImageEvents.Context("type", "console")),
        };
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

    /// <summary>Of a stopped instance too: what its last run printed.</summary>
    private async Task ReadLogAsync(ApiRequest request)
    {
        RefuseVga(request);
        var instance = registry.Get(request.Project, request.Route("name"));
        var log = await ConsoleLogFile.ReadAsync(LogDirectory(instance), request.Aborted);
        events.Lifecycle("instance-console-retrieved", instance.Id.Project, InstanceLifecycle.PathOf(instance), instance.Id.Name);
        await request.BytesAsync(log);
    }

    private Task ClearLogAsync(ApiRequest request)
    {
        var instance = registry.Get(request.Project, request.Route("name"));
        ConsoleLogFile.Clear(LogDirectory(instance));
        events.Lifecycle("instance-console-reset", instance.Id.Project, InstanceLifecycle.PathOf(instance), instance.Id.Name);
        return request.EmptyAsync();
    }

    private string LogDirectory(Core.Instances.Instance instance) => Path.Combine(layout.Logs, instance.Id.Key);

    private static void RefuseVga(ApiRequest request)
    {
        if (request.Query("type") is { Length: > 0 } type and not ("log" or "console"))
        {
            throw BerthException.Unsupported($"Console output of type \"{type}\" is not supported; available: log");
        }
    }
}
