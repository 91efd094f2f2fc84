using Berth.Core.Images;
using Berth.Core.Images.Archives;
using Berth.Core.Instances;
using Berth.Core.Snapshots;
using Berth.Core.Storage;
using Berth.Linux.Processes;
using System.Collections.Immutable;
using System.Text.Json;

namespace Berth.Core.Backups;

/// <summary>What a client wants to be different from the backup.</summary>
public sealed record ImportOverrides
{
    public string? Name { get; init; }

    public string? Pool { get; init; }

    public ImmutableSortedDictionary<string, string> Config { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Devices { get; init; } =
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty;
}

/// <summary>Backups of instances, in the form that Incus has.</summary>
public sealed class InstanceBackups(
    InstanceCreator creator, SnapshotRegistry snapshots, PoolService pools, ImageStore images, BackupStore backups, InstanceBackupIndex indexes, Action<Instance> settle)
{
    /// <summary>Writes a backup to a stream. A running instance is in it as it is at one moment.</summary>
    /// <param name="only">Without the snapshots.</param>
    public async Task WriteAsync(Instance instance, bool only, Compressor compression, Stream output, CancellationToken cancel)
    {
        var pool = pools.Get(instance.Record.Pool);
        SnapshotRecord[] kept = only ? [] : [.. SnapshotRegistry.List(instance).Where(s => s.Phase == SnapshotPhase.Ready)];
        string? moment;
        using (var hold = await instance.HoldAsync("backup", cancel))
        {
            if (instance.Running is null)
            {
                await PackAsync(instance, pool, kept, null, compression, output, cancel);
                return;
            }

            moment = SnapshotRecovery.TemporaryPrefix + Guid.NewGuid().ToString("N");
            await LiveSnapshots.TakeAsync(instance, pool, moment, "{}"u8.ToArray(), cancel);
        }

        try
        {
            await PackAsync(instance, pool, kept, moment, compression, output, cancel);
        }
        finally
        {
            await pool.DeleteSnapshotAsync(instance.Id.Key, moment, instance.Record.Kind, CancellationToken.None);
            settle(instance);
        }
    }

    /// <summary>Makes an instance from a backup that arrives. It is there when all of it has arrived whole, or not at all.</summary>
    public async Task<Instance> ImportAsync(string project, ImportOverrides overrides, Stream source, CancellationToken cancel)
    {
        await using var reader = await BackupReader.OpenAsync(source, cancel);
        RefuseUnreadable(reader.Index);
        var planned = await creator.PlanAsync(indexes.RequestOf(reader.Index, project, overrides), cancel);
        var image = BackupIndex.Texts(BackupIndex.Map(reader.Index.Config, "container"), "config").GetValueOrDefault("volatile.base_image", "");
        if (planned.Kind == InstanceKind.Machine && images.List(project).Any(i => i.Image.Fingerprint == image))
        {
            // With its image at hand it goes on booting that one's kernel.
            planned = planned with { Image = image };
        }

        return await creator.MakeAsync(planned, async (instance, pool) =>
        {
            var kept = indexes.SnapshotsOf(reader.Index, instance.Record);
            var parts = new InstanceParts(reader, instance.Record, pool, indexes.SizeOf(instance.Record));
            foreach (var snapshot in kept)
            {
                await parts.UnpackAsync(snapshot.Name, cancel);
                var copy = JsonSerializer.SerializeToUtf8Bytes(snapshot, SnapshotDocuments.Snapshots.Json);
                await pool.CreateSnapshotAsync(instance.Id.Key, snapshot.Name, instance.Record.Kind, copy, cancel);
            }

            await parts.UnpackAsync(null, cancel);
            await reader.EndAsync(cancel);
            Remember(instance, kept);
        }, record => creator.Metadata.ProvideFromImageAsync(record, cancel), cancel);
    }

    private static void RefuseUnreadable(BackupIndex index)
    {
        if (index.Type is not ("container" or "virtual-machine"))
        {
            throw BerthException.BadRequest($"This is a backup of a {index.Type} volume, not of an instance; import it with: berth storage volume import");
        }

        if (index.Optimized)
        {
            throw BerthException.Unsupported("The backup is in the form of one storage driver (--optimized-storage), which Berth does not read; export it without");
        }
    }

    private void Remember(Instance instance, IEnumerable<SnapshotRecord> kept)
    {
        try
        {
            foreach (var snapshot in kept)
            {
                snapshots.Add(instance, snapshot);
            }
        }
        catch
        {
            snapshots.RemoveAll(instance);
            throw;
        }
    }

    /// <param name="moment">Snapshot to read instead of the instance itself.</param>
    private Task PackAsync(
        Instance instance, IStoragePool pool, SnapshotRecord[] kept, string? moment, Compressor compression, Stream output, CancellationToken cancel) =>
        BackupPacker.PackAsync(async (writer, stop) =>
        {
            var kind = instance.Record.Kind;
            await indexes.WriteAsync(writer, instance, kept, stop);
            foreach (var snapshot in kept)
            {
                await AddAsync(writer, instance, pool, snapshot.Name, InstanceParts.Of(kind, snapshot.Name), stop);
            }

            await indexes.WriteFactsAsync(writer, instance, kept, InstanceParts.Main(kind), stop);
            await AddAsync(writer, instance, pool, moment, InstanceParts.Main(kind), stop);
        }, compression, output, cancel);

    private async Task AddAsync(BackupWriter writer, Instance instance, IStoragePool pool, string? snapshot, string part, CancellationToken cancel)
    {
        var record = instance.Record;
        if (record.Kind == InstanceKind.Container)
        {
            using var root = snapshot is null
                ? await pool.MountContainerRootAsync(instance.Id.Key, record.IdBase, cancel)
                : await pool.MountSnapshotAsync(instance.Id.Key, snapshot, record.IdBase, cancel);
            await writer.AddTreeAsync(root, part + InstanceParts.Root, record.IdBase, cancel);
            return;
        }

        // Incus has the disk raw in the archive, and tar reads the holes of a file only.
        var raw = backups.TemporaryFile();
        try
        {
            var disk = snapshot is null ? pool.MachineDisk(instance.Id.Key) : pool.SnapshotDisk(instance.Id.Key, snapshot);
            await Tool.RunAsync(["qemu-img", "convert", "-q", "-O", "raw", disk, raw], new CommandOptions { Timeout = BackupWriter.Timeout }, cancel);
            await writer.AddDiskAsync(raw, part + InstanceParts.Disk, cancel);
        }
        finally
        {
            File.Delete(raw);
        }
    }
}
