using Berth.Api;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Operations;
using Berth.Daemon.Http;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/instances/NAME/state</c>.</summary>
internal sealed class InstanceStateEndpoints(
    InstanceRegistry registry, InstanceLifecycle lifecycle, InstanceStates states, OperationRegistry operations)
{
    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/instances/{name}/state", async request =>
            await request.SyncAsync(await states.ReadAsync(Find(request), count: true, request.Aborted), BerthJson.Default.InstanceState))
        .Put("/1.0/instances/{name}/state", ChangeAsync)
        .Put("/1.0/instances", ChangeAllAsync);

    private Core.Instances.Instance Find(ApiRequest request) => registry.Get(request.Project, request.Route("name"));

    private async Task ChangeAsync(ApiRequest request)
    {
        var instance = Find(request);
        var put = await request.ReadAsync(BerthJson.Default.InstanceStatePut);
        var (description, change) = Change(put);
        await request.AsyncAsync(operations.Start(
            InstanceEndpoints.Request(instance, description) with { MayCancel = put.Action is "stop" or "restart" && !put.Force },
            (_, cancel) => change(instance, cancel)));
    }

    /// <summary>The same change for all instances of the project that it makes sense for.</summary>
    private async Task ChangeAllAsync(ApiRequest request)
    {
        var put = (await request.ReadAsync(BerthJson.Default.InstancesPut)).State
            ?? throw BerthException.BadRequest("Send the wanted change as \"state\"");
        var (description, change) = Change(put);
        var project = request.Project;
        var concerned = registry.InProject(project).Where(i => put.Action switch
        {
            "start" => i.Running is null,
            "unfreeze" => i.Status == InstanceStatus.Frozen,
            "freeze" => i.Status is InstanceStatus.Running or InstanceStatus.Ready,
            _ => i.Running is not null,
        }).ToList();
        await request.AsyncAsync(operations.Start(new(project, description), async (_, cancel) =>
        {
            var failures = await Task.WhenAll(concerned.Select(async i =>
            {
                try
                {
                    await change(i, cancel);
                    return null;
                }
                catch (BerthException e)
                {
                    return $"{i.Id}: {e.Message}";
                }
            }));
            if (failures.Any(f => f is not null))
            {
                throw BerthException.Internal(string.Join("; ", failures.OfType<string>()));
            }
        }));
    }

    private (string Description, Func<Core.Instances.Instance, CancellationToken, Task> Change) Change(InstanceStatePut put)
    {
        if (put.Stateful)
        {
            throw BerthException.Unsupported("Stateful start and stop are not supported yet");
        }

        TimeSpan? timeout = put.Timeout > 0 ? TimeSpan.FromSeconds(put.Timeout) : null;
        return put.Action switch
        {
            "start" => ("Starting instance", lifecycle.StartAsync),
            "stop" when put.Force => ("Stopping instance", lifecycle.KillAsync),
            "stop" => ("Stopping instance", (i, cancel) => lifecycle.ShutdownAsync(i, timeout, cancel)),
            "restart" => ("Restarting instance", (i, cancel) => lifecycle.RestartAsync(i, timeout, put.Force, cancel)),
            "freeze" => ("Freezing instance", lifecycle.FreezeAsync),
            "unfreeze" => ("Unfreezing instance", lifecycle.ThawAsync),
            _ => throw BerthException.BadRequest($"There is no action \"{put.Action}\"; available: start, stop, restart, freeze, unfreeze"),
        };
    }
}
