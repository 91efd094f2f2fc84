using System.Collections.Immutable;
using Berth.Core.Images;
using Berth.Core.Instances;
using Berth.Core.Storage;
using Berth.Linux.Processes;

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
    InstanceRegistry registry, InstanceCreator creator, PoolService pools, ImageStore images, BackupStore backups, InstanceBackupIndex indexes)
{
    private const string ContainerPart = "backup/container";
    private const string MachinePart = "backup/virtual-machine";
    private const string MomentPrefix = "berth-backup-";

    /// <summary>Writes a backup to a stream.</summary>
    public async Task WriteAsync(Instance instance, BackupCompression compression, Stream output, CancellationToken cancel)
    {
        var pool = pools.Get(instance.Record.Pool);
        if (instance.Record.Kind == InstanceKind.Machine)
        {
            using var hold = await instance.HoldAsync("backup", cancel);
            await WriteMachineAsync(instance, pool, compression, output, cancel);
            return;
        }

        if (instance.Running is null)
        {
            using var hold = await instance.HoldAsync("backup", cancel);
            using var root = await pool.MountContainerRootAsync(instance.Id.Key, instance.Record.IdBase, cancel);
            await WriteContainerAsync(instance, root, compression, output, cancel);
            return;
        }

        var moment = await TakeMomentAsync(instance, pool, cancel);
        try
        {
            using var root = await pool.MountSnapshotAsync(instance.Id.Key, moment, instance.Record.IdBase, cancel);
            await WriteContainerAsync(instance, root, compression, output, cancel);
        }
        finally
        {
            await pool.DeleteSnapshotAsync(instance.Id.Key, moment, InstanceKind.Container, CancellationToken.None);
        }
    }

    /// <summary>Makes an instance from a backup that arrives. It is there when all of it has arrived whole, or not at all.</summary>
    public async Task<Instance> ImportAsync(string project, ImportOverrides overrides, Stream source, CancellationToken cancel)
    {
        await using var reader = await BackupReader.OpenAsync(source, cancel);
        RefuseUnreadable(reader.Index);
        var request = indexes.RequestOf(reader.Index, project, overrides);
        var planned = await creator.PlanAsync(request, cancel);
        var image = BackupIndex.Texts(BackupIndex.Map(reader.Index.Config, "container"), "config").GetValueOrDefault("volatile.base_image", "");
        if (planned.Kind == InstanceKind.Machine && images.List(project).Any(i => i.Image.Fingerprint == image))
        {
            // With its image at hand it goes on booting that one's kernel.
            planned = planned with { Image = image };
        }

        var size = indexes.SizeOf(planned);
        return await creator.CreateAsync(planned, async (record, pool) =>
        {
            if (record.Kind == InstanceKind.Container)
            {
                await reader.SkipAsync(path => path.StartsWith(ContainerPart, StringComparison.Ordinal) && !IsBelow(path, ContainerPart + "/rootfs"), cancel);
                await pool.ImportContainerRootAsync(
                    record.Id.Key, record.IdBase, size, (directory, shift, stop) => reader.UnpackAsync(ContainerPart + "/rootfs", directory, isSystem: true, shift, stop), cancel);
                await reader.SkipAsync(path => IsBelow(path, ContainerPart), cancel);
            }
            else
            {
                await reader.SkipAsync(path => IsBelow(path, MachinePart), cancel);
                await pool.ImportMachineDiskAsync(record.Id.Key, size, (path, stop) => reader.ExtractDiskAsync(MachinePart + ".img", path, stop), cancel);
                await reader.SkipAsync(path => IsBelow(path, MachinePart), cancel);
            }

            await reader.EndAsync(cancel);
        }, cancel);
    }

    /// <summary>Removes what backups left that the last daemon was making.</summary>
    public async Task RecoverAsync(CancellationToken cancel)
    {
        backups.Recover();
        foreach (var instance in registry.All.Where(i => i.Record.Kind == InstanceKind.Container && pools.Open.Any(p => p.Record.Name == i.Record.Pool)))
        {
            var pool = pools.Get(instance.Record.Pool);
            foreach (var moment in pool.Snapshots(instance.Id.Key, InstanceKind.Container).Where(s => s.StartsWith(MomentPrefix, StringComparison.Ordinal)))
            {
                await pool.DeleteSnapshotAsync(instance.Id.Key, moment, InstanceKind.Container, cancel);
            }
        }
    }

    private static bool IsBelow(string path, string directory) => path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal);

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

        if (index.Snapshots.Length > 0)
        {
            throw BerthException.Unsupported(
                $"The backup has {index.Snapshots.Length} snapshots, which Berth does not import yet; export the instance with --instance-only");
        }
    }

    /// <summary>A copy of a running container's root at one moment.</summary>
    private static async Task<string> TakeMomentAsync(Instance instance, IStoragePool pool, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("backup", cancel);
        var running = instance.RequireRunning();
        var moment = MomentPrefix + Guid.NewGuid().ToString("N")[..16];
        var freeze = !pool.SnapshotsAreAtomic(InstanceKind.Container) && !running.Frozen;
        if (freeze)
        {
            await running.FreezeAsync(cancel);
        }

        try
        {
            await pool.CreateSnapshotAsync(instance.Id.Key, moment, InstanceKind.Container, "{}"u8.ToArray(), cancel);
        }
        finally
        {
            if (freeze)
            {
                await running.ThawAsync(CancellationToken.None);
            }
        }

        return moment;
    }

    private Task WriteContainerAsync(
        Instance instance, Microsoft.Win32.SafeHandles.SafeFileHandle root, BackupCompression compression, Stream output, CancellationToken cancel) =>
        BackupPacker.PackAsync(async (writer, stop) =>
        {
            await indexes.WriteAsync(writer, instance, ContainerPart, stop);
            await writer.AddTreeAsync(root, ContainerPart + "/rootfs", instance.Record.IdBase, stop);
        }, compression, output, cancel);

    private async Task WriteMachineAsync(Instance instance, IStoragePool pool, BackupCompression compression, Stream output, CancellationToken cancel)
    {
        if (instance.Running is not null)
        {
            throw BerthException.Conflict($"The machine {instance.Id} is running: its disk cannot be read at one moment. Stop it first");
        }

        // Incus has the disk raw in the archive, and tar reads the holes of a file only.
        var raw = backups.TemporaryFile();
        try
        {
            await Tool.RunAsync(
                ["qemu-img", "convert", "-q", "-O", "raw", pool.MachineDisk(instance.Id.Key), raw], new CommandOptions { Timeout = BackupWriter.Timeout }, cancel);
            await BackupPacker.PackAsync(async (writer, stop) =>
            {
                await indexes.WriteAsync(writer, instance, MachinePart, stop);
                await writer.AddDiskAsync(raw, MachinePart + ".img", stop);
            }, compression, output, cancel);
        }
        finally
        {
            File.Delete(raw);
        }
    }
}
