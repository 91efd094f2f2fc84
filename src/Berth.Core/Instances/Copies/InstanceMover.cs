using Berth.Core.Events;
using Berth.Core.Profiles;
using Berth.Core.Snapshots;
using Berth.Core.Storage;

namespace Berth.Core.Instances;

/// <summary>Moves a stopped instance, with its snapshots, to another pool of this host.</summary>
public sealed class InstanceMover(
    InstanceRegistry registry, InstanceCreator creator, ProfileService profiles, SnapshotService snapshots, RootCopier roots, PoolService pools, EventHub events)
{
    /// <exception cref="BerthException">NotFound: the pool. BadRequest: it runs, or is there already.</exception>
    public async Task MoveAsync(Instance instance, string pool, bool withSnapshots, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("move", cancel);
        Check(instance, pool);
        foreach (var snapshot in withSnapshots ? [] : SnapshotRegistry.List(instance).ToList())
        {
            await snapshots.DeleteHeldAsync(instance, snapshot, cancel);
        }

        var old = instance.Record;
        var moved = InPool(old, pool) with { Moving = new(old.Pool, pool) };
        if (await creator.ValidateAsync(moved, cancel) != pool)
        {
            throw BerthException.BadRequest($"The root disk of {instance.Id} cannot be put into {pool}");
        }

        registry.Write(instance, old with { Moving = moved.Moving });
        try
        {
            await roots.CopyAsync(instance, null, old.Id.Key, moved, [.. SnapshotRegistry.List(instance)], cancel);
            registry.Write(instance, moved);
        }
        catch
        {
            await pools.Get(pool).DeleteAsync(old.Id.Key, old.Kind, CancellationToken.None);
            registry.Write(instance, old);
            throw;
        }

        await FinishAsync(instance, CancellationToken.None);
        events.Lifecycle("instance-updated", instance.Id.Project, InstanceLifecycle.PathOf(instance), instance.Id.Name);
    }

    public void Check(Instance instance, string pool)
    {
        pools.Get(pool);
        if (instance.Running is not null)
        {
            throw BerthException.BadRequest($"Instance must be stopped to be moved to another storage pool: stop {instance.Id} first");
        }

        if (instance.Record.Pool == pool)
        {
            throw BerthException.BadRequest($"{instance.Id} is in the storage pool {pool} already");
        }
    }

    /// <summary>Removes the copy that does not count: the old one of a finished move, the new one of an interrupted one.</summary>
    internal async Task FinishAsync(Instance instance, CancellationToken cancel)
    {
        if (instance.Record is { Moving: { } moving } record)
        {
            await pools.Get(moving.To == record.Pool ? moving.From : moving.To).DeleteAsync(record.Id.Key, record.Kind, cancel);
            var done = record with { Moving = null };
            registry.Write(instance, done);
            await creator.WriteConfigCopyAsync(done, cancel);
        }
    }

    /// <summary>The root disk becomes the instance's own device where a profile gave it.</summary>
    private InstanceRecord InPool(InstanceRecord record, string pool)
    {
        var root = profiles.Expand(record).Root ?? throw BerthException.BadRequest($"The instance {record.Id} has no root disk");
        return record with { Pool = pool, Devices = record.Devices.SetItem(root.Key, root.Value.SetItem("pool", pool)) };
    }
}
