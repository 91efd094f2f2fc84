using Berth.Core.Images.Archives;
using Berth.Core.Storage;
using Berth.Core.Storage.Volumes;
using System.Collections.Immutable;

namespace Berth.Core.Backups;

/// <summary>Backups of custom volumes, in the form that Incus has.</summary>
public sealed class VolumeBackups(VolumeService volumes, PoolService pools)
{
    private const string Main = "backup/volume";
    private const string SnapshotsPrefix = "backup/volume-snapshots";

    /// <summary>Writes a backup to a stream.</summary>
    public Task WriteAsync(VolumeRecord volume, bool only, Compressor compression, Stream output, CancellationToken cancel) =>
        BackupPacker.PackAsync((writer, stop) => WriteAsync(volume, only, writer, stop), compression, output, cancel);

    /// <summary>Makes a volume from a backup that arrives. It is there when all of it has arrived whole, or not at all.</summary>
    /// <param name="name">Null: as the backup says.</param>
    /// <param name="allow">Refuses a volume that its project may not have.</param>
    public async Task<VolumeRecord> ImportAsync(
        string project, string pool, string? name, Stream source, Action<VolumeRecord> allow, CancellationToken cancel)
    {
        await using var reader = await BackupReader.OpenAsync(source, cancel);
        var wanted = Wanted(reader.Index, project, pool, name);
        allow(wanted);
        return await volumes.ImportAsync(wanted, (record, custom, stop) => FillAsync(reader, record, custom, stop), cancel);
    }

    private static async Task FillAsync(BackupReader reader, VolumeRecord record, ICustomVolumes custom, CancellationToken cancel)
    {
        var size = VolumeConfig.SizeOf(record.Config);
        await reader.SkipAsync(path => path == SnapshotsPrefix, cancel);
        // The volume comes last in the archive, but snapshots lie with it: it is made empty first.
        if (record.Content == VolumeContent.Filesystem)
        {
            await custom.CreateFilesystemAsync(record.Key, size, new(), null, cancel);
        }
        else
        {
            await custom.CreateBlockAsync(record.Key, record.Content, record.Content == VolumeContent.Iso ? null : size, null, cancel);
        }

        foreach (var snapshot in record.Snapshots)
        {
            var snapshotSize = VolumeConfig.SizeOf(snapshot.Config);
            await custom.AddSnapshotAsync(
                record.Key, snapshot.Name, record.Content, snapshotSize, Part(reader, record.Content, $"{SnapshotsPrefix}/{snapshot.Name}", snapshotSize), cancel);
        }

        await custom.ReplaceAsync(record.Key, record.Content, size, Part(reader, record.Content, Main, size), cancel);
        await reader.EndAsync(cancel);
    }

    private static Func<string, CancellationToken, Task> Part(BackupReader reader, VolumeContent content, string prefix, long? size) => (target, cancel) =>
        content == VolumeContent.Filesystem
            ? reader.UnpackAsync(prefix, target, isSystem: false, 0, size, cancel)
            : reader.ExtractDiskAsync(content == VolumeContent.Iso ? $"{prefix}.iso" : $"{prefix}.img", target, cancel);

    private VolumeRecord Wanted(BackupIndex index, string project, string pool, string? name)
    {
        if (index.Type != "custom")
        {
            throw BerthException.BadRequest($"This is a backup of a {index.Type}, not of a custom volume; import it with: berth import");
        }

        if (index.Optimized)
        {
            throw BerthException.Unsupported("The backup is in the form of one storage driver (--optimized-storage), which Berth does not read; export it without");
        }

        var volume = BackupIndex.Map(index.Config, "volume");
        if (volume.Count == 0)
        {
            throw BerthException.BadRequest("Backup file is missing required information: its index has no config.volume");
        }

        var driver = pools.GetRecord(pool).Driver;
        var snapshots = index.Snapshots.Distinct().ToList();
        var details = BackupIndex.List(index.Config, "volume_snapshots").OfType<Dictionary<string, object>>()
            .GroupBy(s => BackupIndex.Text(s, "name").Split('/')[^1]).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        snapshots.ForEach(s => VolumeNames.Validate(s, "snapshot"));
        return new()
        {
            Project = project,
            Pool = pool,
            Name = name ?? index.Name,
            Content = VolumeConfig.ContentOf(BackupIndex.Text(volume, "content_type")),
            Description = BackupIndex.Text(volume, "description"),
            Config = ConfigOf(volume, driver),
            Snapshots =
            [
                .. snapshots.Select(s => details.GetValueOrDefault(s) is var detail && detail is null
                    ? new VolumeSnapshotRecord { Name = s, Config = ConfigOf(volume, driver), CreatedAt = DateTimeOffset.UtcNow }
                    : new VolumeSnapshotRecord
                    {
                        Name = s,
                        Description = BackupIndex.Text(detail, "description"),
                        Config = ConfigOf(detail, driver),
                        CreatedAt = BackupIndex.Time(detail, "created_at") ?? DateTimeOffset.UtcNow,
                        ExpiresAt = BackupIndex.Time(detail, "expires_at"),
                    }),
            ],
        };
    }

    /// <summary>What is only for the pool that the backup comes from stays behind.</summary>
    private static ImmutableSortedDictionary<string, string> ConfigOf(IReadOnlyDictionary<string, object> map, string driver)
    {
        var config = BackupIndex.Texts(map, "config");
        return config.RemoveRange(config.Keys.Where(k =>
            k.StartsWith("volatile.", StringComparison.Ordinal) || k.StartsWith("block.", StringComparison.Ordinal) || k.StartsWith("zfs.", StringComparison.Ordinal)
            || k.StartsWith("lvm.", StringComparison.Ordinal) || (k == VolumeConfig.Compression && driver != "btrfs")));
    }

    private async Task WriteAsync(VolumeRecord volume, bool only, BackupWriter writer, CancellationToken cancel)
    {
        var snapshots = only ? [] : volume.Snapshots.Where(s => s.Phase == VolumePhase.Ready).ToList();
        await writer.AddFileAsync(BackupIndex.Path, BackupYaml.Write(Index(volume, snapshots)), cancel);
        var custom = volumes.PoolOf(volume);
        foreach (var snapshot in snapshots)
        {
            await AddAsync(writer, custom, volume, snapshot.Name, $"{SnapshotsPrefix}/{snapshot.Name}", cancel);
        }

        // A snapshot that goes again is of one moment, while instances go on writing.
        var moment = await volumes.TakeMomentAsync(volume, cancel);
        try
        {
            await AddAsync(writer, custom, volume, moment, Main, cancel);
        }
        finally
        {
            volumes.EndMoment(volume, moment);
        }
    }

    private static async Task AddAsync(BackupWriter writer, ICustomVolumes custom, VolumeRecord volume, string? snapshot, string prefix, CancellationToken cancel)
    {
        if (volume.Content == VolumeContent.Filesystem)
        {
            using var mount = await custom.MountAsync(volume.Key, snapshot, null, readOnly: true, cancel);
            await writer.AddTreeAsync(mount, prefix, null, cancel);
            return;
        }

        await writer.AddDiskAsync(
            custom.DiskPath(volume.Key, snapshot, volume.Content), volume.Content == VolumeContent.Iso ? $"{prefix}.iso" : $"{prefix}.img", cancel);
    }

    private Dictionary<string, object?> Index(VolumeRecord volume, List<VolumeSnapshotRecord> snapshots)
    {
        var pool = pools.GetRecord(volume.Pool);
        var content = VolumeConfig.NameOf(volume.Content);
        return new()
        {
            ["name"] = volume.Name,
            ["backend"] = pool.Driver,
            ["pool"] = pool.Name,
            ["snapshots"] = snapshots.Count > 0 ? snapshots.Select(s => s.Name) : null,
            ["optimized"] = false,
            ["optimized_header"] = false,
            ["type"] = "custom",
            ["config"] = new Dictionary<string, object?>
            {
                ["volume"] = new Dictionary<string, object?>
                {
                    ["config"] = volume.Config,
                    ["description"] = volume.Description,
                    ["name"] = volume.Name,
                    ["type"] = "custom",
                    ["used_by"] = Array.Empty<string>(),
                    ["location"] = "none",
                    ["content_type"] = content,
                    ["project"] = volume.Project,
                    ["created_at"] = volume.CreatedAt,
                },
                ["volume_snapshots"] = snapshots.Count == 0 ? null : snapshots.Select(s => new Dictionary<string, object?>
                {
                    ["config"] = s.Config,
                    ["description"] = s.Description,
                    ["name"] = s.Name,
                    ["content_type"] = content,
                    ["created_at"] = s.CreatedAt,
                    ["expires_at"] = s.ExpiresAt ?? DateTimeOffset.MinValue,
                }),
            },
        };
    }
}
