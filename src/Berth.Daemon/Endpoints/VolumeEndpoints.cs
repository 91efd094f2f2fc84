using System.Collections.Immutable;
using Berth.Api;
using Berth.Core;
using Berth.Core.Backups;
using Berth.Core.Operations;
using Berth.Core.Projects;
using Berth.Core.Storage;
using Berth.Core.Storage.Volumes;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/storage-pools/POOL/volumes</c>: list, create, copy, read, change, rename, move, delete.</summary>
internal sealed class VolumeEndpoints(PoolService pools, VolumeService volumes, VolumeList list, VolumeBackups backups, ProjectGuard guard, OperationRegistry operations)
{
    private const string Path = "/1.0/storage-pools/{pool}/volumes";

    public void Map(ApiRoutes routes) => routes
        .Get(Path, ListAsync)
        .Post(Path, CreateAsync)
        .Get(Path + "/{type}", ListAsync)
        .Post(Path + "/{type}", CreateAsync)
        .Get(Path + "/{type}/{name}", GetAsync)
        .Put(Path + "/{type}/{name}", request => UpdateAsync(request, request.ReadAsync(BerthJson.Default.StorageVolumePut)))
        .Patch(Path + "/{type}/{name}", request => UpdateAsync(request, JsonPatch.ReadAsync(request, VolumeMap.Changeable(Find(request, volumes)), BerthJson.Default.StorageVolumePut)))
        .Post(Path + "/{type}/{name}", MoveAsync)
        .Delete(Path + "/{type}/{name}", DeleteAsync)
        .Get(Path + "/{type}/{name}/state", StateAsync);

    /// <summary>The custom volume that a path names.</summary>
    /// <exception cref="BerthException">BadRequest: a volume of another type; NotFound.</exception>
    public static VolumeRecord Find(ApiRequest request, VolumeService volumes)
    {
        if (TypeOf(request) is var type && type != VolumeMap.Custom)
        {
            throw BerthException.BadRequest($"Storage volumes of type \"{type}\" belong to their instance or image and are managed with it");
        }

        return volumes.Get(volumes.ProjectOf(request.Project), request.Route("pool"), request.Route("name"));
    }

    public static OperationRequest Request(string project, string description, VolumeRecord volume) => new(project, description)
    {
        Resources = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("storage_volumes", [VolumeMap.PathOf(volume)]),
    };

    private static string TypeOf(ApiRequest request) =>
        VolumeList.Types.Contains(request.Route("type"))
            ? request.Route("type")
            : throw BerthException.BadRequest($"Invalid storage volume type \"{request.Route("type")}\"; available: {string.Join(", ", VolumeList.Types)}");

    private Task ListAsync(ApiRequest request)
    {
        var pool = pools.GetRecord(request.Route("pool"));
        var type = request.Http.Request.RouteValues.ContainsKey("type") ? TypeOf(request) : null;
        IEnumerable<StorageVolume> all = list.Read(pool, request.QueryFlag("all-projects") ? null : request.Project, type);
        all = ListFilter.Parse(request.Query("filter"))?.Apply(all, BerthJson.Default.StorageVolume) ?? all;
        return request.Recursion == 0
            ? request.SyncAsync([.. all.Select(v => UrlOf(pool, v))], BerthJson.Default.StringList)
            : request.SyncAsync([.. all], BerthJson.Default.StorageVolumeList);
    }

    private static string UrlOf(PoolRecord pool, StorageVolume volume)
    {
        var parts = volume.Name.Split('/');
        var path = $"/1.0/storage-pools/{pool.Name}/volumes/{volume.Type}/{parts[0]}{(parts.Length > 1 ? $"/snapshots/{parts[1]}" : "")}";
        return volume.Project is "" or Core.Instances.InstanceId.DefaultProject ? path : $"{path}?project={volume.Project}";
    }

    private Task GetAsync(ApiRequest request)
    {
        var pool = pools.GetRecord(request.Route("pool"));
        if (TypeOf(request) is var type && type != VolumeMap.Custom)
        {
            return request.SyncAsync(list.Get(pool, request.Project, type, request.Route("name")), BerthJson.Default.StorageVolume);
        }

        var volume = Find(request, volumes);
        return request.WithETag(VolumeMap.Changeable(volume), BerthJson.Default.StorageVolumePut).SyncAsync(list.ToWire(volume), BerthJson.Default.StorageVolume);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        if (request.Http.Request.ContentType?.StartsWith("application/octet-stream", StringComparison.OrdinalIgnoreCase) == true)
        {
            await UploadAsync(request);
            return;
        }

        var post = await request.ReadAsync(BerthJson.Default.StorageVolumesPost);
        var type = request.Http.Request.RouteValues.ContainsKey("type") ? TypeOf(request) : post.Type;
        if (type != VolumeMap.Custom)
        {
            throw BerthException.BadRequest($"Currently not allowed to create storage volumes of type \"{type}\"; custom ones can be");
        }

        var wanted = new VolumeRecord
        {
            Project = volumes.ProjectOf(request.Project),
            Pool = pools.GetRecord(request.Route("pool")).Name,
            Name = post.Name,
            Content = VolumeConfig.ContentOf(post.ContentType),
            Description = post.Description,
            Config = InstanceMap.FromWire(post.Config),
        };
        VolumeNames.Validate(wanted.Name);
        Allow(wanted);
        switch (post.Source.Type)
        {
            case "" when post.Source.Name.Length == 0:
                RefuseEmptyIso(wanted);
                // A volume is not abandoned half-way because the client went away.
                await volumes.CreateAsync(wanted, null, CancellationToken.None);
                await request.EmptyAsync();
                return;
            case "" or "copy":
                await CopyAsync(request, wanted, post.Source);
                return;
            case "migration":
                throw BerthException.Unsupported("Volumes are not copied from other servers yet: export there, import here (storage volume export, storage volume import)");
            case var unknown:
                throw BerthException.BadRequest($"Unknown source type \"{unknown}\"; available: copy");
        }
    }

    private Task CopyAsync(ApiRequest request, VolumeRecord wanted, StorageVolumeSource source)
    {
        if (!string.IsNullOrEmpty(source.Location))
        {
            throw BerthException.Unsupported("source.location names a member of a cluster; clusters are not supported");
        }

        var project = volumes.ProjectOf(string.IsNullOrEmpty(source.Project) ? request.Project : request.RequireProject(source.Project));
        var parts = source.Name.Split('/', 2);
        var original = volumes.Get(project, source.Pool.Length > 0 ? source.Pool : wanted.Pool, parts[0]);
        var snapshot = parts.Length > 1 ? VolumeService.GetSnapshot(original, parts[1]).Name : null;
        var copy = new VolumeCopy(original, snapshot, wanted, source.VolumeOnly, source.Refresh, source.RefreshExcludeOlder);
        volumes.RefuseTaken(copy);
        return request.AsyncAsync(operations.Start(Request(request.Project, "Copying storage volume", wanted), (_, cancel) => volumes.CopyAsync(copy, cancel)));
    }

    /// <summary>A backup or an ISO image as the body of the request.</summary>
    private async Task UploadAsync(ApiRequest request)
    {
        switch (request.Header("X-Incus-type"))
        {
            case "iso":
                await UploadIsoAsync(request);
                break;
            case "" or "backup":
                var name = request.Header("X-Incus-name") is { Length: > 0 } wanted ? wanted : null;
                var volume = await backups.ImportAsync(
                    volumes.ProjectOf(request.Project), pools.GetRecord(request.Route("pool")).Name, name, request.Http.Request.Body, Allow, request.Aborted);
                await request.AsyncAsync(operations.Start(Request(request.Project, "Restoring storage volume backup", volume), (_, _) => Task.CompletedTask));
                break;
            case var type:
                throw BerthException.Unsupported($"A storage volume is not made from a \"{type}\"; available: iso, backup");
        }
    }

    private async Task UploadIsoAsync(ApiRequest request)
    {
        var wanted = new VolumeRecord
        {
            Project = volumes.ProjectOf(request.Project),
            Pool = pools.GetRecord(request.Route("pool")).Name,
            Name = request.Header("X-Incus-name") is { Length: > 0 } name ? name : throw BerthException.BadRequest("Missing volume name: send it as X-Incus-name"),
            Content = VolumeContent.Iso,
        };
        Allow(wanted);
        var body = request.Http.Request.Body;
        var volume = await volumes.CreateAsync(wanted, async (path, cancel) =>
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None, 1 << 20);
            await body.CopyToAsync(file, 1 << 20, cancel);
            if (file.Length == 0)
            {
                throw BerthException.BadRequest("The ISO image is empty");
            }
        }, request.Aborted);

        // The image came with the request: nothing is left to do, but clients expect an operation to wait for.
        await request.AsyncAsync(operations.Start(Request(request.Project, "Creating storage volume from ISO", volume), (_, _) => Task.CompletedTask));
    }

    private async Task UpdateAsync(ApiRequest request, Task<StorageVolumePut> reading)
    {
        var volume = Find(request, volumes);
        var put = await reading;
        request.RequireMatch(VolumeMap.Changeable(volume), BerthJson.Default.StorageVolumePut);
        if (!string.IsNullOrEmpty(put.Restore))
        {
            await volumes.RestoreAsync(volume, put.Restore, CancellationToken.None);
            if (put.Config.Count == 0)
            {
                await request.EmptyAsync();
                return;
            }
        }

        Allow(volume with { Config = InstanceMap.FromWire(put.Config) });
        await volumes.UpdateAsync(volume, put.Description, InstanceMap.FromWire(put.Config), CancellationToken.None);
        await request.EmptyAsync();
    }

    private async Task MoveAsync(ApiRequest request)
    {
        var volume = Find(request, volumes);
        var post = await request.ReadAsync(BerthJson.Default.StorageVolumePost);
        if (post.Migration || post.Target is not null || !string.IsNullOrEmpty(request.Query("target")) || post.Source.Location.Length > 0)
        {
            throw BerthException.Unsupported("Volumes are not moved to other servers yet: export here, import there (storage volume export, storage volume import)");
        }

        if (post.Name.Length == 0)
        {
            throw BerthException.BadRequest("No name provided");
        }

        VolumeNames.Validate(post.Name);
        var pool = string.IsNullOrEmpty(post.Pool) ? volume.Pool : pools.GetRecord(post.Pool).Name;
        var project = string.IsNullOrEmpty(post.Project) ? volume.Project : volumes.ProjectOf(request.RequireProject(post.Project));
        if (!string.IsNullOrEmpty(post.Project) && project != post.Project)
        {
            throw BerthException.BadRequest("Target project does not have features.storage.volumes enabled");
        }

        if (pool != volume.Pool || project != volume.Project)
        {
            Allow(volume with { Pool = pool, Project = project, Name = post.Name });
        }

        if (pool == volume.Pool && project == volume.Project)
        {
            var renamed = await volumes.RenameAsync(volume, post.Name, CancellationToken.None);
            await request.CreatedAsync(VolumeMap.PathOf(renamed));
            return;
        }

        await request.AsyncAsync(operations.Start(
            Request(request.Project, "Moving storage volume", volume), (_, cancel) => volumes.MoveAsync(volume, project, pool, post.Name, cancel)));
    }

    private async Task DeleteAsync(ApiRequest request)
    {
        await volumes.DeleteAsync(Find(request, volumes), CancellationToken.None);
        await request.EmptyAsync();
    }

    private async Task StateAsync(ApiRequest request)
    {
        var pool = pools.GetRecord(request.Route("pool"));
        var usage = TypeOf(request) switch
        {
            VolumeMap.Custom => await volumes.GetUsageAsync(Find(request, volumes), request.Aborted),
            "image" => throw BerthException.BadRequest("An image's volume has no state: what it holds is shared by its instances"),
            var type => await list.UsageAsync(pool, request.Project, type, request.Route("name"), request.Aborted),
        };
        await request.SyncAsync(new() { Usage = new() { Used = (ulong)usage.Used, Total = usage.Total } }, BerthJson.Default.StorageVolumeState);
    }

    /// <summary>Whether the volume's project has room for it, and may use its pool.</summary>
    private void Allow(VolumeRecord volume) =>
        guard.Check(volume.Project, new(volume.Pool, volume.Name, volume.Config.GetValueOrDefault("size")));

    private static void RefuseEmptyIso(VolumeRecord wanted)
    {
        if (wanted.Content == VolumeContent.Iso)
        {
            throw BerthException.BadRequest("An ISO volume is made from an image: upload one (storage volume import POOL FILE NAME --type=iso)");
        }
    }
}
