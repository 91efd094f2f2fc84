using System.Collections.Immutable;
using Berth.Api;
using Berth.Core;
using Berth.Core.Backups;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.Operations;
using Berth.Core.Projects;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;
using Berth.Daemon.Sessions;
using Microsoft.AspNetCore.WebUtilities;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/instances/NAME/backups</c>, and instances from backups.</summary>
internal sealed class InstanceBackupEndpoints(
    InstanceRegistry registry, InstanceBackups instances, BackupStore backups, BackupSettings settings, ProjectGuard guard, OperationRegistry operations, EventHub events)
{
    private const string Path = "/1.0/instances/{name}/backups";

    public void Map(ApiRoutes routes) => routes
        .Get(Path, ListAsync)
        .Post(Path, CreateAsync)
        .Get(Path + "/{backup}", request => request.SyncAsync(BackupMap.ToWire(Find(request)), BerthJson.Default.InstanceBackup))
        .Post(Path + "/{backup}", RenameAsync)
        .Delete(Path + "/{backup}", DeleteAsync)
        .Get(Path + "/{backup}/export", ExportAsync);

    /// <summary>A new instance from the body of the request, which is a backup.</summary>
    public async Task ImportAsync(ApiRequest request)
    {
        var overrides = new ImportOverrides
        {
            Name = request.Header("X-Incus-name") is { Length: > 0 } name ? name : null,
            Pool = request.Header("X-Incus-pool") is { Length: > 0 } pool ? pool : null,
            Config = Pairs(request.Header("X-Incus-config")),
            Devices = QueryHelpers.ParseQuery(request.Header("X-Incus-devices")).ToImmutableSortedDictionary(d => d.Key, d => Pairs(d.Value.ToString()), StringComparer.Ordinal),
        };
        var instance = await instances.ImportAsync(request.Project, overrides, request.Http.Request.Body, request.Aborted);

        // The backup came with the request: nothing is left to do, but clients expect an operation to wait for.
        await request.AsyncAsync(operations.Start(InstanceEndpoints.Request(instance, "Restoring backup"), (_, _) => Task.CompletedTask));
    }

    private static ImmutableSortedDictionary<string, string> Pairs(string query) =>
        QueryHelpers.ParseQuery(query).ToImmutableSortedDictionary(p => p.Key, p => p.Value.ToString(), StringComparer.Ordinal);

    private static string Owner(Core.Instances.Instance instance) => instance.Record.Uuid.ToString();

    private static string PathOf(Core.Instances.Instance instance) => $"/1.0/instances/{instance.Id.Name}";

    private Core.Instances.Instance Instance(ApiRequest request) => registry.Get(request.Project, request.Route("name"));

    private BackupRecord Find(ApiRequest request)
    {
        var instance = Instance(request);
        return backups.Get(instance.Id.Project, Owner(instance), request.Route("backup"));
    }

    private Task ListAsync(ApiRequest request)
    {
        var instance = Instance(request);
        var all = backups.List(instance.Id.Project, Owner(instance));
        return request.Recursion == 0
            ? request.SyncAsync([.. all.Select(b => $"{PathOf(instance)}/backups/{b.Name}")], BerthJson.Default.StringList)
            : request.SyncAsync([.. all.Select(BackupMap.ToWire)], BerthJson.Default.InstanceBackupList);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        var instance = Instance(request);
        var post = await request.ReadAsync(BerthJson.Default.InstanceBackupsPost);
        guard.AllowBackup(instance.Id.Project);
        BackupTransfer.RefuseUnsupported(post.OptimizedStorage, post.Target);
        if (post.RootOnly)
        {
            throw BerthException.Unsupported("Backups have the root alone: leave root_only out");
        }

        var compression = settings.Compression(instance.Id.Project, post.CompressionAlgorithm);
        if (BackupTransfer.IsDirect(request))
        {
            await BackupTransfer.SendDirectAsync(request, (output, cancel) => instances.WriteAsync(instance, post.InstanceOnly, compression, output, cancel));
            return;
        }

        var name = BackupTransfer.NameOf(backups, instance.Id.Project, Owner(instance), post.Name);
        var record = BackupTransfer.Record(instance.Id.Project, Owner(instance), name, post.ExpiresAt, post.InstanceOnly);
        await request.AsyncAsync(operations.Start(
            BackupTransfer.Request(request.Project, "Backing up instance", "instances", PathOf(instance), name), async (operation, cancel) =>
            {
                await backups.CreateAsync(record, (file, stop) => instances.WriteAsync(instance, post.InstanceOnly, compression, BackupTransfer.Counted(file, operation), stop), cancel);
                Announce("instance-backup-created", instance, name);
            }));
    }

    private async Task RenameAsync(ApiRequest request)
    {
        var instance = Instance(request);
        var backup = Find(request);
        var post = await request.ReadAsync(BerthJson.Default.InstanceBackupPost);
        Core.Storage.Volumes.VolumeNames.Validate(post.Name, "backup");
        backups.RefuseTaken(backup.Project, backup.Owner, post.Name);
        await request.AsyncAsync(operations.Start(
            BackupTransfer.Request(request.Project, "Renaming instance backup", "instances", PathOf(instance), backup.Name), (_, _) =>
            {
                backups.Rename(backup, post.Name);
                Announce("instance-backup-renamed", instance, post.Name, ("old_name", backup.Name));
                return Task.CompletedTask;
            }));
    }

    private Task DeleteAsync(ApiRequest request)
    {
        var instance = Instance(request);
        var backup = Find(request);
        return request.AsyncAsync(operations.Start(
            BackupTransfer.Request(request.Project, "Removing instance backup", "instances", PathOf(instance), backup.Name), (_, _) =>
            {
                backups.Delete(backup);
                Announce("instance-backup-deleted", instance, backup.Name);
                return Task.CompletedTask;
            }));
    }

    private async Task ExportAsync(ApiRequest request)
    {
        var backup = Find(request);
        await BackupTransfer.SendAsync(request, backup.Name, backups.Open(backup));
        Announce("instance-backup-retrieved", Instance(request), backup.Name);
    }

    private void Announce(string action, Core.Instances.Instance instance, string backup, (string Key, string Value)? context = null) => events.Lifecycle(
        action, instance.Id.Project, ApiPath.In(instance.Id.Project, $"{PathOf(instance)}/backups/{backup}"), backup,
        context is { } pair ? ImmutableSortedDictionary<string, string>.Empty.Add(pair.Key, pair.Value) : null);
}
