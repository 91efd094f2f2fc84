using Berth.Api;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Operations;
using Berth.Core.Snapshots;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/instances/NAME/snapshots</c>.</summary>
internal sealed class SnapshotEndpoints(InstanceRegistry registry, SnapshotService snapshots, SnapshotMap map, OperationRegistry operations)
{
    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/instances/{name}/snapshots", ListAsync)
        .Post("/1.0/instances/{name}/snapshots", CreateAsync)
        .Get("/1.0/instances/{name}/snapshots/{snapshot}", GetAsync)
        .Put("/1.0/instances/{name}/snapshots/{snapshot}", request => UpdateAsync(request, request.ReadAsync(BerthJson.Default.InstanceSnapshotPut)))
        .Patch("/1.0/instances/{name}/snapshots/{snapshot}", request => UpdateAsync(
            request, JsonPatch.ReadAsync(request, Changeable(Find(request).Snapshot), BerthJson.Default.InstanceSnapshotPut)))
        .Post("/1.0/instances/{name}/snapshots/{snapshot}", RenameAsync)
        .Delete("/1.0/instances/{name}/snapshots/{snapshot}", DeleteAsync);

    private static OperationRequest Request(Core.Instances.Instance instance, string snapshot, string description)
    {
        var request = InstanceEndpoints.Request(instance, description);
        return request with { Resources = request.Resources.Add("instances_snapshots", [SnapshotService.PathOf(instance, snapshot)]) };
    }

    private static InstanceSnapshotPut Changeable(SnapshotRecord snapshot) => new() { ExpiresAt = snapshot.ExpiresAt };

    private Task ListAsync(ApiRequest request)
    {
        var instance = Instance(request);
        var list = SnapshotRegistry.List(instance);
        return request.Recursion == 0
            ? request.SyncAsync([.. list.Select(s => SnapshotService.PathOf(instance, s.Name))], BerthJson.Default.StringList)
            : request.SyncAsync([.. list.Select(map.ToWire)], BerthJson.Default.InstanceSnapshotList);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        var instance = Instance(request);
        var post = await request.ReadAsync(BerthJson.Default.InstanceSnapshotsPost);
        if (post.Stateful)
        {
            throw instance.Running is null
                ? BerthException.BadRequest($"Unable to create a stateful snapshot: {instance.Id} isn't running")
                : BerthException.Unsupported("Stateful snapshots (memory and running processes) are not supported; take one without --stateful, its disk is of one moment");
        }

        var name = post.Name.Length > 0 ? post.Name : snapshots.NextName(instance);
        SnapshotNames.Validate(name);
        if (SnapshotRegistry.Find(instance, name) is not null)
        {
            throw BerthException.Conflict($"Snapshot \"{instance.Id.Name}/{name}\" already exists");
        }

        await request.AsyncAsync(operations.Start(Request(instance, name, "Snapshotting instance"), (_, cancel) => snapshots.CreateAsync(instance, name, post.ExpiresAt, cancel)));
    }

    private Task GetAsync(ApiRequest request)
    {
        var (_, snapshot) = Find(request);
        return request.WithETag(Changeable(snapshot), BerthJson.Default.InstanceSnapshotPut).SyncAsync(map.ToWire(snapshot), BerthJson.Default.InstanceSnapshot);
    }

    private async Task UpdateAsync(ApiRequest request, Task<InstanceSnapshotPut> reading)
    {
        var (instance, snapshot) = Find(request);
        var put = await reading;
        request.RequireMatch(Changeable(snapshot), BerthJson.Default.InstanceSnapshotPut);
        await request.AsyncAsync(operations.Start(
            Request(instance, snapshot.Name, "Updating snapshot"), (_, cancel) => snapshots.UpdateAsync(instance, snapshot.Name, put.ExpiresAt, cancel)));
    }

    private async Task RenameAsync(ApiRequest request)
    {
        var (instance, snapshot) = Find(request);
        var post = await request.ReadAsync(BerthJson.Default.InstanceSnapshotPost);
        if (post.Migration)
        {
            throw BerthException.Unsupported("Migrating a snapshot to another server is not supported yet; copy it on this one (berth copy c1/snap0 c2), or export the instance");
        }

        SnapshotNames.Validate(post.Name);
        if (SnapshotRegistry.Find(instance, post.Name) is not null)
        {
            throw BerthException.Conflict($"Name \"{instance.Id.Name}/{post.Name}\" already in use");
        }

        await request.AsyncAsync(operations.Start(
            Request(instance, snapshot.Name, "Renaming snapshot"), (_, cancel) => snapshots.RenameAsync(instance, snapshot.Name, post.Name, cancel)));
    }

    private Task DeleteAsync(ApiRequest request)
    {
        var (instance, snapshot) = Find(request);
        return request.AsyncAsync(operations.Start(
            Request(instance, snapshot.Name, "Deleting snapshot"), (_, cancel) => snapshots.DeleteAsync(instance, snapshot.Name, cancel)));
    }

    private Core.Instances.Instance Instance(ApiRequest request) => registry.Get(request.Project, request.Route("name"));

    private (Core.Instances.Instance Instance, SnapshotRecord Snapshot) Find(ApiRequest request)
    {
        var instance = Instance(request);
        return (instance, SnapshotRegistry.Get(instance, request.Route("snapshot")));
    }
}
