using System.Collections.Immutable;
using Berth.Api;
using Berth.Core.Backups;
using Berth.Core.Events;
using Berth.Core.Operations;
using Berth.Core.Projects;
using Berth.Core.Storage.Volumes;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;
using Berth.Daemon.Sessions;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/storage-pools/POOL/volumes/custom/VOLUME/backups</c>.</summary>
internal sealed class VolumeBackupEndpoints(VolumeService volumes, VolumeBackups volumeBackups, BackupStore backups, BackupSettings settings, ProjectGuard guard, OperationRegistry operations, EventHub events)
{
    private const string Path = "/1.0/storage-pools/{pool}/volumes/{type}/{name}/backups";

    public void Map(ApiRoutes routes) => routes
        .Get(Path, ListAsync)
        .Post(Path, CreateAsync)
        .Get(Path + "/{backup}", request => request.SyncAsync(ToWire(Find(request).Backup), BerthJson.Default.StorageVolumeBackup))
        .Post(Path + "/{backup}", RenameAsync)
        .Delete(Path + "/{backup}", DeleteAsync)
        .Get(Path + "/{backup}/export", ExportAsync);

    private static string Owner(VolumeRecord volume) => volume.Config[VolumeConfig.Uuid];

    private static string PathOf(VolumeRecord volume) => $"/1.0/storage-pools/{volume.Pool}/volumes/{VolumeMap.Custom}/{volume.Name}";

    private static StorageVolumeBackup ToWire(BackupRecord backup) => new()
    {
        Name = backup.Name,
        CreatedAt = backup.CreatedAt,
        ExpiresAt = backup.ExpiresAt ?? DateTimeOffset.MinValue,
        VolumeOnly = backup.Only,
    };

    private (VolumeRecord Volume, BackupRecord Backup) Find(ApiRequest request)
    {
        var volume = VolumeEndpoints.Find(request, volumes);
        return (volume, backups.Get(volume.Project, Owner(volume), request.Route("backup")));
    }

    private Task ListAsync(ApiRequest request)
    {
        var volume = VolumeEndpoints.Find(request, volumes);
        var all = backups.List(volume.Project, Owner(volume));
        return request.Recursion == 0
            ? request.SyncAsync([.. all.Select(b => $"{PathOf(volume)}/backups/{b.Name}")], BerthJson.Default.StringList)
            : request.SyncAsync([.. all.Select(ToWire)], BerthJson.Default.StorageVolumeBackupList);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        var volume = VolumeEndpoints.Find(request, volumes);
        var post = await request.ReadAsync(BerthJson.Default.StorageVolumeBackupsPost);
        guard.AllowBackup(volume.Project);
        BackupTransfer.RefuseUnsupported(post.OptimizedStorage, post.Target);
        var compression = settings.Compression(request.Project, post.CompressionAlgorithm);
        if (BackupTransfer.IsDirect(request))
        {
            await BackupTransfer.SendDirectAsync(request, (output, cancel) => volumeBackups.WriteAsync(volume, post.VolumeOnly, compression, output, cancel));
            return;
        }

        var name = BackupTransfer.NameOf(backups, volume.Project, Owner(volume), post.Name);
        var record = BackupTransfer.Record(volume.Project, Owner(volume), name, post.ExpiresAt, post.VolumeOnly);
        await request.AsyncAsync(operations.Start(
            BackupTransfer.Request(request.Project, "Backing up storage volume", "storage_volumes", PathOf(volume), name), async (operation, cancel) =>
            {
                await backups.CreateAsync(
                    record, (file, stop) => volumeBackups.WriteAsync(volume, post.VolumeOnly, compression, BackupTransfer.Counted(file, operation), stop), cancel);
                Announce("storage-volume-backup-created", volume, name);
            }));
    }

    private async Task RenameAsync(ApiRequest request)
    {
        var (volume, backup) = Find(request);
        var post = await request.ReadAsync(BerthJson.Default.StorageVolumeBackupPost);
        VolumeNames.Validate(post.Name, "backup");
        backups.RefuseTaken(backup.Project, backup.Owner, post.Name);
        await request.AsyncAsync(operations.Start(
            BackupTransfer.Request(request.Project, "Renaming storage volume backup", "storage_volumes", PathOf(volume), backup.Name), (_, _) =>
            {
                backups.Rename(backup, post.Name);
                Announce("storage-volume-backup-renamed", volume, post.Name, ("old_name", backup.Name));
                return Task.CompletedTask;
            }));
    }

    private Task DeleteAsync(ApiRequest request)
    {
        var (volume, backup) = Find(request);
        return request.AsyncAsync(operations.Start(
            BackupTransfer.Request(request.Project, "Deleting storage volume backup", "storage_volumes", PathOf(volume), backup.Name), (_, _) =>
            {
                backups.Delete(backup);
                Announce("storage-volume-backup-deleted", volume, backup.Name);
                return Task.CompletedTask;
            }));
    }

    private async Task ExportAsync(ApiRequest request)
    {
        var (volume, backup) = Find(request);
        await BackupTransfer.SendAsync(request, backup.Name, backups.Open(backup));
        Announce("storage-volume-backup-retrieved", volume, backup.Name);
    }

    private void Announce(string action, VolumeRecord volume, string backup, (string Key, string Value)? context = null) => events.Lifecycle(
        action, volume.Project, ApiPath.In(volume.Project, $"{PathOf(volume)}/backups/{backup}"), backup,
        context is { } pair ? ImmutableSortedDictionary<string, string>.Empty.Add(pair.Key, pair.Value) : null);
}
