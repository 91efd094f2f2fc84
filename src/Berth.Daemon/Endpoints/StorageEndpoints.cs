using Berth.Api;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Projects;
using Berth.Core.Storage;
using Berth.Core.Storage.Volumes;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/storage-pools</c>: pools and their space.</summary>
internal sealed class StorageEndpoints(PoolService pools, InstanceRegistry instances, Core.Profiles.ProfileService profiles, VolumeService volumes, ProjectGuard guard)
{
    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/storage-pools", ListAsync)
        .Post("/1.0/storage-pools", CreateAsync)
        .Get("/1.0/storage-pools/{name}", GetAsync)
        .Put("/1.0/storage-pools/{name}", request => UpdateAsync(request, request.ReadAsync(BerthJson.Default.StoragePoolPut)))
        .Patch("/1.0/storage-pools/{name}", request => UpdateAsync(request, JsonPatch.ReadAsync(request, Changeable(Find(request)), BerthJson.Default.StoragePoolPut)))
        .Delete("/1.0/storage-pools/{name}", DeleteAsync)
        .Get("/1.0/storage-pools/{name}/resources", SpaceAsync);

    private PoolRecord Find(ApiRequest request)
    {
        var name = request.Route("name");
        return guard.PoolAllowed(request.NamedProject, name) ? pools.GetRecord(name) : throw BerthException.NotFound($"There is no storage pool \"{name}\"");
    }

    private IReadOnlyList<string> Users(PoolRecord pool) =>
    [
        .. instances.All.Where(i => i.Record.Pool == pool.Name).Select(InstanceLifecycle.PathOf).Order(StringComparer.Ordinal),
        .. profiles.List()
            .Where(p => p.Devices.Values.Any(d => d.GetValueOrDefault("type") == "disk" && d.GetValueOrDefault("pool") == pool.Name))
            .Select(Core.Profiles.ProfileService.PathOf),
        .. volumes.List().Where(v => v.Pool == pool.Name).Select(VolumeMap.PathOf),
    ];

    private StoragePool ToWire(ApiRequest request, PoolRecord pool) => new()
    {
        Name = pool.Name,
        Description = pool.Description,
        Driver = pool.Driver,
        Config = pool.Config,
        Status = pools.Open.Any(p => p.Record.Name == pool.Name) ? "Created" : "Unavailable",
        Locations = ["none"],
        UsedBy = request.Visible(Users(pool)),
    };

    private static StoragePoolPut Changeable(PoolRecord pool) => new() { Description = pool.Description, Config = pool.Config };

    private Task ListAsync(ApiRequest request)
    {
        var project = request.NamedProject;
        var list = pools.List().Where(p => guard.PoolAllowed(project, p.Name)).ToList();
        return request.Recursion == 0
            ? request.SyncAsync([.. list.Select(p => $"/1.0/storage-pools/{p.Name}")], BerthJson.Default.StringList)
            : request.SyncAsync([.. list.Select(p => ToWire(request, p))], BerthJson.Default.StoragePoolList);
    }

    private Task GetAsync(ApiRequest request)
    {
        var pool = Find(request);
        return request.WithETag(Changeable(pool), BerthJson.Default.StoragePoolPut).SyncAsync(ToWire(request, pool), BerthJson.Default.StoragePool);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        var post = await request.ReadAsync(BerthJson.Default.StoragePoolsPost);
        var pool = new PoolRecord
        {
            Name = post.Name,
            Driver = post.Driver,
            Description = post.Description,
            Config = InstanceMap.FromWire(post.Config),
        };

        // Making a pool is not abandoned half-way because the client went away.
        await pools.CreateAsync(pool, CancellationToken.None);
        await request.CreatedAsync($"/1.0/storage-pools/{post.Name}");
    }

    private async Task UpdateAsync(ApiRequest request, Task<StoragePoolPut> reading)
    {
        var pool = Find(request);
        var put = await reading;
        request.RequireMatch(Changeable(pool), BerthJson.Default.StoragePoolPut);
        await pools.UpdateAsync(pool with { Description = put.Description, Config = InstanceMap.FromWire(put.Config) }, CancellationToken.None);
        await request.EmptyAsync();
    }

    private async Task DeleteAsync(ApiRequest request)
    {
        var pool = Find(request);
        await pools.DeleteAsync(pool.Name, Users(pool), CancellationToken.None);
        await request.EmptyAsync();
    }

    private Task SpaceAsync(ApiRequest request)
    {
        var space = pools.Get(Find(request).Name).GetSpace();
        return request.SyncAsync(
            new ResourcesStoragePool
            {
                Space = new() { Total = (ulong)space.TotalBytes, Used = (ulong)space.UsedBytes },
                Inodes = new() { Total = (ulong)space.TotalInodes, Used = (ulong)space.UsedInodes },
            },
            BerthJson.Default.ResourcesStoragePool);
    }
}
