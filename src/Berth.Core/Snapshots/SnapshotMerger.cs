using System.Collections.Concurrent;
using Berth.Core.Instances;
using Berth.Core.Storage;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Snapshots;

/// <summary>
/// Merges, in the background, what deleted snapshots left in machines' chains of disks: while the machine runs through its engine, else
/// in the pool. Whatever else is to be done with the instance interrupts a merge at once; it goes on afterwards from where it was.
/// </summary>
public sealed partial class SnapshotMerger(PoolService pools, ILogger<SnapshotMerger> log)
{
    private readonly ConcurrentDictionary<Guid, bool> _running = new();

    /// <summary>Sees to it that nothing is left to merge.</summary>
    public void Kick(Instance instance)
    {
        if (instance.Record.Kind == InstanceKind.Machine && _running.TryAdd(instance.Record.Uuid, true))
        {
            _ = Task.Run(() => RunAsync(instance));
        }
    }

    private async Task RunAsync(Instance instance)
    {
        try
        {
            while (await MergeOneAsync(instance))
            {
            }
        }
        catch (Exception e)
        {
            // The next snapshot that is deleted, or the next daemon, tries again; until then the chain is one disk longer.
            LogFailed(e, instance.Id);
        }
        finally
        {
            _running.TryRemove(instance.Record.Uuid, out _);
        }
    }

    /// <returns>False: nothing is left.</returns>
    private async Task<bool> MergeOneAsync(Instance instance)
    {
        using var yield = new CancellationTokenSource();
        using var hold = await instance.HoldYieldingAsync("merge", yield);
        var key = instance.Id.Key;
        if (instance.Record.Phase != InstancePhase.Ready || pools.Get(instance.Record.Pool) is not { } pool || pool.NextMerge(key) is not { } merge)
        {
            return false;
        }

        try
        {
            if (instance.Running is ILiveDisk live)
            {
                await live.MergeDiskAsync(merge, null, yield.Token);
            }
            else
            {
                await pool.MergeAsync(merge, yield.Token);
            }

            await pool.RemoveUnusedLayersAsync(key, CancellationToken.None);
            LogMerged(instance.Id, merge.Layer);
        }
        catch (OperationCanceledException) when (yield.IsCancellationRequested)
        {
            LogInterrupted(instance.Id);
        }

        return true;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Instance {Instance}: the disk {Layer} of a deleted snapshot is merged")]
    private partial void LogMerged(InstanceId instance, string layer);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Instance {Instance}: merging disks makes way for something else")]
    private partial void LogInterrupted(InstanceId instance);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Instance {Instance}: merging the disks of deleted snapshots failed; it is tried again later")]
    private partial void LogFailed(Exception failure, InstanceId instance);
}
