using Berth.Core.Instances;
using Berth.Core.Storage;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Snapshots;

/// <summary>Finishes or undoes what an earlier daemon had begun with snapshots. Runs after the instances themselves are recovered.</summary>
public sealed partial class SnapshotRecovery(
    InstanceRegistry instances,
    SnapshotRegistry registry,
    SnapshotRestorer restorer,
    InstanceMover mover,
    SnapshotMerger merger,
    PoolService pools,
    ILogger<SnapshotRecovery> log)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Snapshots that stand only while something is copied begin with this, which no user's can.</summary>
    internal const string TemporaryPrefix = "~copy-";

    public Task RunAsync(CancellationToken cancel) => Task.WhenAll(instances.All.Select(i => RecoverAsync(i, cancel)));

    private async Task RecoverAsync(Instance instance, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Deadline);
        try
        {
            var pool = pools.Get(instance.Record.Pool);
            foreach (var snapshot in instance.Snapshots.Where(s => s.Phase != SnapshotPhase.Ready))
            {
                await FinishAsync(instance, pool, snapshot, deadline.Token);
            }

            await RemoveTemporaryAsync(instance, pool, deadline.Token);
            if (instance.Record.Restoring is not null)
            {
                await restorer.ResumeAsync(instance, deadline.Token);
            }

            await mover.FinishAsync(instance, deadline.Token);
            merger.Kick(instance);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            LogFailed(e, instance.Id);
        }
    }

    private async Task FinishAsync(Instance instance, IStoragePool pool, SnapshotRecord snapshot, CancellationToken cancel)
    {
        var (key, kind) = (instance.Id.Key, instance.Record.Kind);
        var there = pool.Snapshots(key, kind);
        switch (snapshot.Phase)
        {
            case SnapshotPhase.Renaming when there.Contains(snapshot.NewName):
                registry.Rename(instance, snapshot with { Name = snapshot.NewName, NewName = "", Phase = SnapshotPhase.Ready }, snapshot.Name);
                break;
            case SnapshotPhase.Renaming:
                registry.Write(instance, snapshot with { NewName = "", Phase = SnapshotPhase.Ready });
                break;
            case SnapshotPhase.Creating when there.Contains(snapshot.Name):
                await FollowAsync(instance, pool, cancel);
                registry.Write(instance, snapshot with { Froze = false, Phase = SnapshotPhase.Ready });
                break;
            default:
                await pool.DeleteSnapshotAsync(key, snapshot.Name, kind, cancel);
                registry.Remove(instance, snapshot);
                break;
        }

        if (snapshot.Froze && instance.Running is { Frozen: true } frozen)
        {
            await frozen.ThawAsync(cancel);
        }
    }

    /// <summary>A machine whose disk was frozen in the pool, but whose QEMU was not told any more.</summary>
    private static Task FollowAsync(Instance instance, IStoragePool pool, CancellationToken cancel) =>
        instance.Running is ILiveDisk live ? live.SwitchDiskAsync(pool.MachineDisk(instance.Id.Key), cancel) : Task.CompletedTask;

    private static async Task RemoveTemporaryAsync(Instance instance, IStoragePool pool, CancellationToken cancel)
    {
        var (key, kind) = (instance.Id.Key, instance.Record.Kind);
        foreach (var name in pool.Snapshots(key, kind).Where(name => name.StartsWith(TemporaryPrefix, StringComparison.Ordinal)))
        {
            await FollowAsync(instance, pool, cancel);
            await pool.DeleteSnapshotAsync(key, name, kind, cancel);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The snapshots of instance {Instance} could not be recovered; the next start tries again")]
    private partial void LogFailed(Exception failure, InstanceId instance);
}
