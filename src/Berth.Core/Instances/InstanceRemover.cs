using Berth.Core.Events;
using Berth.Core.Storage;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Instances;

/// <summary>Deletes instances: the record is marked first and removed last, so a crash between is finished by the next daemon.</summary>
public sealed partial class InstanceRemover(
    InstanceRegistry registry,
    InstanceLifecycle lifecycle,
    InstanceCreator creator,
    InstanceNics nics,
    Profiles.ProfileService profiles,
    PoolService pools,
    Snapshots.SnapshotRegistry snapshots,
    HostLayout layout,
    EventHub events,
    ILogger<InstanceRemover> log)
{
    /// <summary>Told of an instance that is gone, to forget what belongs to it.</summary>
    public Action<InstanceRecord>? Removed { get; set; }

    /// <summary>Makes ephemeral instances go when they stop.</summary>
    public void Attach() => lifecycle.EphemeralStopped = instance => DeleteAsync(instance, CancellationToken.None);

    /// <exception cref="BerthException">BadRequest: it runs.</exception>
    public async Task DeleteAsync(Instance instance, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("delete", cancel);
        if (!registry.Has(instance))
        {
            // Somebody else was quicker: an ephemeral one goes by itself when it stops.
            return;
        }

        if (instance.Running is not null)
        {
            throw BerthException.BadRequest($"The instance {instance.Id} is running; stop it first, or delete it with --force");
        }

        if (ConfigCatalogue.IsTrue(profiles.Expand(instance.Record).Config.GetValueOrDefault("security.protection.delete")))
        {
            throw BerthException.BadRequest($"Instance is protected from being deleted: unset security.protection.delete of {instance.Id} first");
        }

        registry.Write(instance, instance.Record with { Phase = InstancePhase.Deleting });
        await FinishAsync(instance, cancel);
        events.Lifecycle("instance-deleted", instance.Id.Project, InstanceLifecycle.PathOf(instance), instance.Id.Name);
    }

    /// <summary>Removes everything that there is of an instance. Repeatable.</summary>
    internal async Task FinishAsync(Instance instance, CancellationToken cancel)
    {
        var record = instance.Record;
        var key = record.Id.Key;
        await nics.ForgetAsync(record, cancel);
        foreach (var pool in new[] { record.Pool, record.Moving?.From ?? "", record.Moving?.To ?? "" }.Distinct().Where(p => p.Length > 0))
        {
            await pools.Get(pool).DeleteAsync(key, record.Kind, cancel);
        }

        DeleteDirectory(layout.InstanceDirectory(key));
        DeleteDirectory(layout.InstanceRuntime(key));
        DeleteDirectory(Path.Combine(layout.Logs, key));
        snapshots.RemoveAll(instance);
        registry.Remove(instance);
        creator.Release(record);
        Removed?.Invoke(record);
    }

    /// <summary>Removes runtime directories of instances that are no more; data in pools is never touched without a record.</summary>
    internal Task RemoveOrphansAsync(CancellationToken cancel)
    {
        var known = registry.All.Select(i => i.Id.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var directory in Directory.Exists(layout.InstanceRuntime("")) ? Directory.GetDirectories(layout.InstanceRuntime("")) : [])
        {
            cancel.ThrowIfCancellationRequested();
            if (!known.Contains(Path.GetFileName(directory)))
            {
                LogOrphan(directory);
                DeleteDirectory(directory);
            }
        }

        return Task.CompletedTask;
    }

    private static void DeleteDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Removing {Directory}: it belongs to no instance")]
    private partial void LogOrphan(string directory);
}
