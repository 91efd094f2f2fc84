using Berth.Core.Instances;
using Berth.Core.Storage;

namespace Berth.Core.Snapshots;

/// <summary>What a running instance needs around a snapshot or a copy of its volume.</summary>
internal static class LiveSnapshots
{
    private static readonly TimeSpan FreezeDeadline = TimeSpan.FromSeconds(20);

    /// <summary>Takes a snapshot in the pool, whether the instance runs or not.</summary>
    /// <returns>As <see cref="IVolumeSnapshots.CreateSnapshotAsync"/>.</returns>
    public static Task<long?> TakeAsync(Instance instance, IStoragePool pool, string name, ReadOnlyMemory<byte> configCopy, CancellationToken cancel) =>
        FrozenAsync(instance, pool, async () =>
        {
            var (key, kind) = (instance.Id.Key, instance.Record.Kind);
            var size = await pool.CreateSnapshotAsync(key, name, kind, configCopy, cancel);
            if (instance.Running is ILiveDisk live)
            {
                await SwitchAsync(live, pool, key, name, kind);
            }

            return size;
        }, cancel);

    /// <summary>Does something that needs the volume to stand still; the instance is frozen where the pool cannot do without.</summary>
    public static async Task<T> FrozenAsync<T>(Instance instance, IStoragePool pool, Func<Task<T>> work, CancellationToken cancel)
    {
        if (instance.Running is not { Frozen: false } running || pool.SnapshotsAreAtomic(instance.Record.Kind))
        {
            return await work();
        }

        await WithDeadlineAsync(running.FreezeAsync, cancel);
        try
        {
            return await work();
        }
        finally
        {
            await WithDeadlineAsync(running.ThawAsync, CancellationToken.None);
        }
    }

    /// <summary>Not cancelled half way: from the pool's snapshot on, the machine has to follow.</summary>
    private static async Task SwitchAsync(ILiveDisk live, IStoragePool pool, string key, string name, InstanceKind kind)
    {
        try
        {
            await live.SwitchDiskAsync(pool.MachineDisk(key), CancellationToken.None);
        }
        catch (BerthException e) when (e.Kind == ErrorKind.Conflict)
        {
            await pool.UndoSnapshotAsync(key, name, kind, CancellationToken.None);
            throw;
        }
    }

    private static async Task WithDeadlineAsync(Func<CancellationToken, Task> call, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(FreezeDeadline);
        await call(deadline.Token);
    }
}
