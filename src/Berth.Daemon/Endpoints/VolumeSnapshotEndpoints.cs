using Berth.Api;
using Berth.Core;
using Berth.Core.Operations;
using Berth.Core.Storage.Volumes;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/storage-pools/POOL/volumes/custom/VOLUME/snapshots</c>.</summary>
internal sealed class VolumeSnapshotEndpoints(VolumeService volumes, OperationRegistry operations)
{
    private const string Path = "/1.0/storage-pools/{pool}/volumes/{type}/{name}/snapshots";

    public void Map(ApiRoutes routes) => routes
        .Get(Path, ListAsync)
        .Post(Path, CreateAsync)
        .Get(Path + "/{snapshot}", GetAsync)
        .Put(Path + "/{snapshot}", request => UpdateAsync(request, request.ReadAsync(BerthJson.Default.StorageVolumeSnapshotPut)))
        .Patch(Path + "/{snapshot}", request => UpdateAsync(request, JsonPatch.ReadAsync(request, VolumeMap.Changeable(Find(request).Snapshot), BerthJson.Default.StorageVolumeSnapshotPut)))
        .Post(Path + "/{snapshot}", RenameAsync)
        .Delete(Path + "/{snapshot}", DeleteAsync);

    private (VolumeRecord Volume, VolumeSnapshotRecord Snapshot) Find(ApiRequest request)
    {
        var volume = VolumeEndpoints.Find(request, volumes);
        return (volume, VolumeService.GetSnapshot(volume, request.Route("snapshot")));
    }

    private Task ListAsync(ApiRequest request)
    {
        var volume = VolumeEndpoints.Find(request, volumes);
        var snapshots = volume.Snapshots.Where(s => s.Phase is VolumePhase.Ready or VolumePhase.Renaming);
        return request.Recursion == 0
            ? request.SyncAsync([.. snapshots.Select(s => PathOf(volume, s.Name))], BerthJson.Default.StringList)
            : request.SyncAsync([.. snapshots.Select(s => VolumeMap.SnapshotToWire(volume, s))], BerthJson.Default.StorageVolumeSnapshotList);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        var volume = VolumeEndpoints.Find(request, volumes);
        var post = await request.ReadAsync(BerthJson.Default.StorageVolumeSnapshotsPost);
        if (post.Name.Length > 0)
        {
            VolumeNames.Validate(post.Name, "snapshot");
            if (volume.Snapshot(post.Name) is not null)
            {
                throw BerthException.Conflict($"Snapshot \"{post.Name}\" already exists");
            }
        }

        // The zero time is never, for whoever asks for that; nothing leaves it to the volume's configuration.
        var expiresAt = post.ExpiresAt is null ? volumes.ManualExpiry(volume) : VolumeMap.Time(post.ExpiresAt);
        await request.AsyncAsync(operations.Start(
            VolumeEndpoints.Request(request.Project, "Creating storage volume snapshot", volume),
            (_, cancel) => volumes.SnapshotAsync(volume, post.Name, "", expiresAt, cancel)));
    }

    private Task GetAsync(ApiRequest request)
    {
        var (volume, snapshot) = Find(request);
        return request.WithETag(VolumeMap.Changeable(snapshot), BerthJson.Default.StorageVolumeSnapshotPut)
            .SyncAsync(VolumeMap.SnapshotToWire(volume, snapshot), BerthJson.Default.StorageVolumeSnapshot);
    }

    private async Task UpdateAsync(ApiRequest request, Task<StorageVolumeSnapshotPut> reading)
    {
        var (volume, snapshot) = Find(request);
        var put = await reading;
        request.RequireMatch(VolumeMap.Changeable(snapshot), BerthJson.Default.StorageVolumeSnapshotPut);
        await volumes.UpdateSnapshotAsync(volume, snapshot.Name, put.Description, VolumeMap.Time(put.ExpiresAt), CancellationToken.None);
        await request.EmptyAsync();
    }

    private async Task RenameAsync(ApiRequest request)
    {
        var (volume, snapshot) = Find(request);
        var post = await request.ReadAsync(BerthJson.Default.StorageVolumeSnapshotPost);
        if (post.Migration || post.Target is not null)
        {
            throw BerthException.Unsupported("Snapshots of volumes are not moved to other servers yet");
        }

        VolumeNames.Validate(post.Name, "snapshot");
        await request.AsyncAsync(operations.Start(
            VolumeEndpoints.Request(request.Project, "Renaming storage volume snapshot", volume),
            (_, cancel) => volumes.RenameSnapshotAsync(volume, snapshot.Name, post.Name, cancel)));
    }

    private Task DeleteAsync(ApiRequest request)
    {
        var (volume, snapshot) = Find(request);
        return request.AsyncAsync(operations.Start(
            VolumeEndpoints.Request(request.Project, "Deleting storage volume snapshot", volume),
            (_, cancel) => volumes.DeleteSnapshotAsync(volume, snapshot.Name, cancel)));
    }

    private static string PathOf(VolumeRecord volume, string snapshot) =>
        $"/1.0/storage-pools/{volume.Pool}/volumes/{VolumeMap.Custom}/{volume.Name}/snapshots/{snapshot}";
}
