using System.Text.Json;
using Berth.Core.Images;
using Berth.Core.Profiles;
using Berth.Core.Snapshots;
using Berth.Core.Storage;

namespace Berth.Core.Instances;

/// <summary>Copies roots with their snapshots: within a pool as the pool does it best, else from one pool to the other.</summary>
public sealed class RootCopier(PoolService pools, ProfileService profiles, ImageStore images, ImageContent content)
{
    /// <param name="source">Held by the caller; it may run.</param>
    /// <param name="from">Snapshot to copy; null: the root as it is now.</param>
    /// <param name="volume">Name of the volume to make.</param>
    /// <param name="target">Whose root it becomes.</param>
    /// <param name="snapshots">Snapshots that the copy gets too, oldest first.</param>
    public async Task CopyAsync(
        Instance source, string? from, string volume, InstanceRecord target, IReadOnlyList<SnapshotRecord> snapshots, CancellationToken cancel)
    {
        var pool = pools.Get(source.Record.Pool);
        if (source.Running is null || from is not null)
        {
            await CopyStillAsync(source.Record, pool, from, volume, target, snapshots, cancel);
            return;
        }

        if (target.Pool == source.Record.Pool && source.Record.Kind == InstanceKind.Container)
        {
            await LiveSnapshots.FrozenAsync(source, pool, async () =>
            {
                await CopyStillAsync(source.Record, pool, null, volume, target, snapshots, cancel);
                return true;
            }, cancel);
            return;
        }

        await FromTemporaryAsync(source, pool, name => CopyStillAsync(source.Record, pool, name, volume, target, snapshots, cancel), cancel);
    }

    /// <summary>Brings a stopped container's root, and its snapshots, up to those of another one.</summary>
    /// <param name="missing">Snapshots that it does not have yet, oldest first.</param>
    public async Task RefreshContainerAsync(
        Instance source, string? from, InstanceRecord target, IReadOnlyList<SnapshotRecord> missing, CancellationToken cancel)
    {
        var pool = pools.Get(source.Record.Pool);
        if (source.Running is not null && from is null)
        {
            await FromTemporaryAsync(source, pool, name => SyncAsync(source.Record, pool, name, target.Id.Key, target, missing, cancel), cancel);
            return;
        }

        await SyncAsync(source.Record, pool, from, target.Id.Key, target, missing, cancel);
    }

    /// <summary>What a copy's snapshot remembers of the instance.</summary>
    public static SnapshotRecord ForCopy(SnapshotRecord snapshot, InstanceRecord target) => snapshot with
    {
        Phase = SnapshotPhase.Ready,
        NewName = "",
        Instance = snapshot.Instance with
        {
            Project = target.Project,
            Name = target.Name,
            Uuid = target.Uuid,
            IdBase = target.IdBase,
            Pool = target.Pool,
            Config = InstanceCopies.Config(snapshot.Instance.Config.Clear(), snapshot.Instance.Config),
        },
    };

    /// <summary>A snapshot for as long as the work lasts; a crash leaves it to <see cref="SnapshotRecovery"/>.</summary>
    private static async Task FromTemporaryAsync(Instance source, IStoragePool pool, Func<string, Task> work, CancellationToken cancel)
    {
        var name = SnapshotRecovery.TemporaryPrefix + Guid.NewGuid().ToString("N");
        await LiveSnapshots.TakeAsync(source, pool, name, "{}"u8.ToArray(), cancel);
        try
        {
            await work(name);
        }
        finally
        {
            await pool.DeleteSnapshotAsync(source.Id.Key, name, source.Record.Kind, CancellationToken.None);
        }
    }

    private async Task CopyStillAsync(
        InstanceRecord source, IStoragePool pool, string? from, string volume, InstanceRecord target, IReadOnlyList<SnapshotRecord> snapshots, CancellationToken cancel)
    {
        string[] names = [.. snapshots.Select(s => s.Name)];
        if (target.Pool == source.Pool)
        {
            await pool.CopyWithSnapshotsAsync(source.Id.Key, from, volume, source.Kind, source.IdBase, target.IdBase, names, cancel);
            await FitAsync(pool, volume, target, cancel);
            return;
        }

        var other = pools.Get(target.Pool);
        var image = images.List().Any(i => i.Image.Fingerprint == source.Image) ? source.Image : null;
        if (source.Kind == InstanceKind.Machine)
        {
            if (image is not null)
            {
                await content.EnsureDiskAsync(other, image, cancel);
            }

            await other.ImportMachineAsync(volume, pool.MachineDisk(source.Id.Key), from, image, target.IdBase, names, cancel);
            await FitAsync(other, volume, target, cancel);
            return;
        }

        if (image is not null)
        {
            await content.EnsureTreeAsync(other, image, cancel);
        }

        await other.CreateContainerRootAsync(volume, image, target.IdBase, SizeOf(target), cancel);
        await SyncAsync(source, pool, from, volume, target, snapshots, cancel);
    }

    /// <summary>Each snapshot's content and then the present one, so that only what changed between them is copied.</summary>
    private async Task SyncAsync(
        InstanceRecord source, IStoragePool pool, string? from, string volume, InstanceRecord target, IReadOnlyList<SnapshotRecord> snapshots, CancellationToken cancel)
    {
        var other = pools.Get(target.Pool);
        foreach (var snapshot in snapshots)
        {
            using (var root = await pool.MountSnapshotAsync(source.Id.Key, snapshot.Name, source.IdBase, cancel))
            {
                await other.SyncContainerRootAsync(volume, target.IdBase, root, source.IdBase, cancel);
            }

            var copy = JsonSerializer.SerializeToUtf8Bytes(ForCopy(snapshot, target), SnapshotDocuments.Snapshots.Json);
            await other.CreateSnapshotAsync(volume, snapshot.Name, source.Kind, copy, cancel);
        }

        using var present = from is null
            ? await pool.MountContainerRootAsync(source.Id.Key, source.IdBase, cancel)
            : await pool.MountSnapshotAsync(source.Id.Key, from, source.IdBase, cancel);
        await other.SyncContainerRootAsync(volume, target.IdBase, present, source.IdBase, cancel);
    }

    /// <summary>A copy has the size that its own configuration gives it.</summary>
    private async Task FitAsync(IStoragePool pool, string volume, InstanceRecord target, CancellationToken cancel)
    {
        if (SizeOf(target) is { } size
            && (await pool.GetUsageAsync(volume, target.Kind, count: false, cancel))?.Total != size)
        {
            await pool.ResizeAsync(volume, target.Kind, size, cancel);
        }
    }

    private long? SizeOf(InstanceRecord record) => RunSpecBuilder.LimitsOf(record, profiles.Expand(record)).RootSize;
}
