using System.Collections.Immutable;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.Profiles;
using Berth.Core.Storage;

namespace Berth.Core.Snapshots;

/// <summary>Puts instances back to their snapshots. One that runs is ended before and started again afterwards.</summary>
public sealed class SnapshotRestorer(
    InstanceRegistry registry,
    InstanceLifecycle lifecycle,
    InstanceCreator creator,
    InstanceNics nics,
    ProfileService profiles,
    PoolService pools,
    SnapshotMerger merger,
    EventHub events)
{
    /// <param name="diskOnly">The configuration stays what it is.</param>
    /// <exception cref="BerthException">NotFound; BadRequest: the configuration of then does not hold any more.</exception>
    public async Task RestoreAsync(Instance instance, string name, bool diskOnly, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("restore", cancel);
        var snapshot = SnapshotRegistry.Get(instance, name);
        if (!diskOnly)
        {
            await WantedAsync(instance, snapshot, cancel);
        }

        var restore = new PendingRestore(name, diskOnly, instance.Running is not null);
        registry.Write(instance, instance.Record with { Restoring = restore });
        await FinishHeldAsync(instance, restore, cancel);
    }

    /// <summary>Ends a restore that an earlier daemon began.</summary>
    internal async Task ResumeAsync(Instance instance, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("restore", cancel);
        if (instance.Record.Restoring is { } restore)
        {
            await FinishHeldAsync(instance, restore, cancel);
        }
    }

    private async Task FinishHeldAsync(Instance instance, PendingRestore restore, CancellationToken cancel)
    {
        try
        {
            await PutBackAsync(instance, restore, cancel);
        }
        catch
        {
            registry.Write(instance, instance.Record with { Restoring = null });
            throw;
        }

        events.Lifecycle(
            "instance-restored", instance.Id.Project, InstanceLifecycle.PathOf(instance), instance.Id.Name,
            ImmutableSortedDictionary<string, string>.Empty.Add("snapshot", restore.Snapshot));
        merger.Kick(instance);
        if (restore.Start)
        {
            await lifecycle.StartHeldAsync(instance, cancel);
        }
    }

    private async Task PutBackAsync(Instance instance, PendingRestore restore, CancellationToken cancel)
    {
        var snapshot = SnapshotRegistry.Get(instance, restore.Snapshot);
        var wanted = restore.DiskOnly ? instance.Record : await WantedAsync(instance, snapshot, cancel);
        if (instance.Running is not null)
        {
            await lifecycle.KillHeldAsync(instance, cancel, keep: true);
        }

        var pool = pools.Get(instance.Record.Pool);
        var (key, kind) = (instance.Id.Key, instance.Record.Kind);
        await pool.RestoreSnapshotAsync(key, restore.Snapshot, kind, cancel);
        await FitAsync(pool, wanted, cancel);
        var done = wanted with { Restoring = null, WasRunning = false, LastUsedAt = instance.Record.LastUsedAt };
        await creator.WriteConfigCopyAsync(done, cancel);
        registry.Write(instance, done);
    }

    /// <summary>A root that has grown since keeps the size that the configuration gives it.</summary>
    private async Task FitAsync(IStoragePool pool, InstanceRecord wanted, CancellationToken cancel)
    {
        if (RunSpecBuilder.LimitsOf(wanted, profiles.Expand(wanted)).RootSize is { } size
            && (await pool.GetUsageAsync(wanted.Id.Key, wanted.Kind, count: false, cancel))?.Total is > 0 and var total && total < size)
        {
            await pool.ResizeAsync(wanted.Id.Key, wanted.Kind, size, cancel);
        }
    }

    /// <summary>The record that the instance had, checked against what there is now.</summary>
    private async Task<InstanceRecord> WantedAsync(Instance instance, SnapshotRecord snapshot, CancellationToken cancel)
    {
        var (now, then) = (instance.Record, snapshot.Instance);
        var wanted = now with
        {
            Config = then.Config,
            Devices = then.Devices,
            Description = then.Description,
            Ephemeral = then.Ephemeral,
            Profiles = [.. then.Profiles.Where(profiles.List(now.Project).Select(p => p.Name).Contains)],
        };
        if (profiles.Expand(wanted).Root is { } root && root.Value.GetValueOrDefault("pool") != now.Pool)
        {
            // It was moved, or copied, to this pool since.
            wanted = wanted with { Devices = wanted.Devices.SetItem(root.Key, root.Value.SetItem("pool", now.Pool)) };
        }

        await creator.ValidateAsync(wanted, cancel);
        return await nics.CompleteAsync(wanted, cancel);
    }
}
