using System.Collections.Immutable;
using Berth.Core.Images.Metadata;
using Berth.Core.Instances;
using Berth.Core.Profiles;
using Berth.Core.Snapshots;
using Berth.Core.Storage;

namespace Berth.Core.Backups;

/// <summary>What a backup says about its instance, both ways.</summary>
public sealed class InstanceBackupIndex(InstanceRegistry instances, ProfileService profiles, PoolService pools, TimeProvider time)
{
    /// <summary>The index, which comes first.</summary>
    internal Task WriteAsync(BackupWriter writer, Instance instance, IReadOnlyList<SnapshotRecord> snapshots, CancellationToken cancel) =>
        writer.AddFileAsync(BackupIndex.Path, BackupYaml.Write(new Dictionary<string, object?>
        {
            ["name"] = instance.Record.Name,
            ["backend"] = pools.GetRecord(instance.Record.Pool).Driver,
            ["pool"] = instance.Record.Pool,
            ["snapshots"] = snapshots.Count > 0 ? snapshots.Select(s => s.Name).ToArray() : null,
            ["optimized"] = false,
            ["optimized_header"] = false,
            ["type"] = TypeOf(instance.Record.Kind),
            ["config"] = Config(instance, snapshots),
        }), cancel);

    /// <summary>What Incus has beside an instance's files.</summary>
    internal async Task WriteFactsAsync(BackupWriter writer, Instance instance, IReadOnlyList<SnapshotRecord> snapshots, string part, CancellationToken cancel)
    {
        await writer.AddFileAsync(part + "/backup.yaml", BackupYaml.Write(Config(instance, snapshots)), cancel);
        var image = profiles.Expand(instance.Record).Config.Where(c => c.Key.StartsWith("image.", StringComparison.Ordinal));
        await writer.AddFileAsync(part + "/metadata.yaml", MetadataWriter.Write(new()
        {
            Architecture = instance.Record.Architecture,
            CreatedAt = instance.Record.CreatedAt,
            Properties = image.ToImmutableSortedDictionary(c => c.Key["image.".Length..], c => c.Value),
        }), cancel);
    }

    /// <summary>What is to be made from a backup.</summary>
    /// <exception cref="BerthException">BadRequest: the backup does not say.</exception>
    internal InstanceRequest RequestOf(BackupIndex index, string project, ImportOverrides overrides)
    {
        var instance = BackupIndex.Map(index.Config, "container");
        if (instance.Count == 0)
        {
            throw BerthException.BadRequest("Backup file is missing required information: its index has no config.container");
        }

        if (index.Name.Length == 0 && overrides.Name is null)
        {
            throw BerthException.BadRequest("Backup file is missing required information: its index has no name. Give a name for the instance");
        }

        var request = new InstanceRequest
        {
            Project = project,
            Name = overrides.Name ?? index.Name,
            Kind = index.Type == "container" ? InstanceKind.Container : InstanceKind.Machine,
            Description = BackupIndex.Text(instance, "description"),
            Architecture = BackupIndex.Text(instance, "architecture"),
            Config = WithoutTaken(BackupIndex.Texts(instance, "config"), null).SetItems(overrides.Config),
            Devices = BackupIndex.Map(instance, "devices").Keys
                .ToImmutableSortedDictionary(d => d, d => BackupIndex.Texts(BackupIndex.Map(instance, "devices"), d), StringComparer.Ordinal)
                .SetItems(overrides.Devices),
            Profiles = [.. BackupIndex.List(instance, "profiles").OfType<string>()],
            Ephemeral = BackupIndex.Text(instance, "ephemeral") == "true",
        };
        return WithPool(request, overrides.Pool, index.Pool);
    }

    /// <summary>The snapshots that a backup has, oldest first, as those of the new instance.</summary>
    internal IReadOnlyList<SnapshotRecord> SnapshotsOf(BackupIndex index, InstanceRecord instance)
    {
        var details = BackupIndex.List(index.Config, "snapshots").OfType<Dictionary<string, object>>()
            .GroupBy(s => BackupIndex.Text(s, "name").Split('/')[^1], StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        if (index.Snapshots.Distinct().Count() != index.Snapshots.Length)
        {
            throw BerthException.BadRequest("The backup has two snapshots of one name");
        }

        return [.. index.Snapshots.Select(name => SnapshotOf(name, details.GetValueOrDefault(name) ?? [], instance))];
    }

    private SnapshotRecord SnapshotOf(string name, Dictionary<string, object> detail, InstanceRecord instance)
    {
        SnapshotNames.Validate(name);
        var devices = BackupIndex.Map(detail, "devices");
        return new()
        {
            Name = name,
            CreatedAt = BackupIndex.Time(detail, "created_at") ?? time.GetUtcNow(),
            ExpiresAt = BackupIndex.Time(detail, "expires_at") ?? default,
            Instance = detail.Count == 0 ? instance with { Phase = InstancePhase.Ready } : instance with
            {
                Phase = InstancePhase.Ready,
                Description = BackupIndex.Text(detail, "description"),
                Config = WithoutTaken(BackupIndex.Texts(detail, "config"), instance),
                Devices = devices.Keys.ToImmutableSortedDictionary(d => d, d => BackupIndex.Texts(devices, d), StringComparer.Ordinal),
                Profiles = [.. BackupIndex.List(detail, "profiles").OfType<string>()],
            },
        };
    }

    /// <summary>The size of its root, in bytes; null for none.</summary>
    internal long? SizeOf(InstanceRecord record) => RunSpecBuilder.LimitsOf(record, profiles.Expand(record)).RootSize;

    private static string TypeOf(InstanceKind kind) => kind == InstanceKind.Container ? "container" : "virtual-machine";

    /// <summary>As Incus: the pool that is asked for, else the backup's own if there is such a one here, else that of the profiles.</summary>
    private InstanceRequest WithPool(InstanceRequest request, string? wanted, string own)
    {
        var root = request.Devices.FirstOrDefault(d => d.Value.GetValueOrDefault("type") == "disk" && d.Value.GetValueOrDefault("path") == "/");
        var pool = wanted is not null ? pools.GetRecord(wanted).Name : pools.List().FirstOrDefault(p => p.Name == own)?.Name;
        var inherited = profiles.Expand(new InstanceRecord
        {
            Project = request.Project,
            Name = request.Name,
            Kind = request.Kind,
            Uuid = Guid.Empty,
            Pool = "",
            Profiles = request.Profiles ?? [],
        }).Root;
        if (pool is null || (root.Key is null && inherited?.Value.GetValueOrDefault("pool") == pool))
        {
            return pool is null && root.Key is not null && inherited is { } other
                ? request with { Devices = request.Devices.SetItem(root.Key, root.Value.SetItem("pool", other.Value["pool"])) }
                : request;
        }

        var device = root.Key ?? inherited?.Key ?? "root";
        var settings = (root.Value ?? inherited?.Value ?? ImmutableSortedDictionary<string, string>.Empty.Add("type", "disk").Add("path", "/")).SetItem("pool", pool);
        return request with { Devices = request.Devices.SetItem(device, settings) };
    }

    /// <summary>What the other server kept for itself stays behind; addresses of network cards come along.</summary>
    private static ImmutableSortedDictionary<string, string> WithoutVolatile(ImmutableSortedDictionary<string, string> config) =>
        config.RemoveRange(config.Keys.Where(k => k.StartsWith("volatile.", StringComparison.Ordinal) && !k.EndsWith(".hwaddr", StringComparison.Ordinal)));

    /// <summary>An address that another instance has, such as the one that the backup is of, is not taken along: a new one is chosen.</summary>
    /// <param name="own">The instance that the configuration is for, if there is one already.</param>
    private ImmutableSortedDictionary<string, string> WithoutTaken(ImmutableSortedDictionary<string, string> config, InstanceRecord? own)
    {
        var taken = instances.All.Where(i => i.Record.Uuid != own?.Uuid).SelectMany(i => i.Record.Config).Where(IsAddress)
            .Select(c => c.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return WithoutVolatile(config.RemoveRange(config.Where(c => IsAddress(c) && taken.Contains(c.Value)).Select(c => c.Key)));
    }

    private static bool IsAddress(KeyValuePair<string, string> entry) =>
        entry.Key.StartsWith("volatile.", StringComparison.Ordinal) && entry.Key.EndsWith(".hwaddr", StringComparison.Ordinal);

    private Dictionary<string, object?> Config(Instance instance, IReadOnlyList<SnapshotRecord> snapshots)
    {
        var record = instance.Record;
        var expanded = profiles.Expand(record);
        var pool = pools.GetRecord(record.Pool);
        return new()
        {
            ["container"] = new Dictionary<string, object?>
            {
                ["architecture"] = record.Architecture,
                ["config"] = WithFacts(record, record.Config),
                ["devices"] = Nested(record.Devices),
                ["ephemeral"] = record.Ephemeral,
                ["profiles"] = record.Profiles.ToArray(),
                ["stateful"] = false,
                ["description"] = record.Description,
                ["created_at"] = record.CreatedAt,
                ["expanded_config"] = WithFacts(record, expanded.Config),
                ["expanded_devices"] = Nested(expanded.Devices),
                ["name"] = record.Name,
                ["status"] = "Stopped",
                ["status_code"] = (int)InstanceStatus.Stopped,
                ["last_used_at"] = record.LastUsedAt,
                ["location"] = "none",
                ["type"] = TypeOf(record.Kind),
                ["project"] = record.Project,
            },
            ["pool"] = new Dictionary<string, object?>
            {
                ["config"] = pool.Config,
                ["description"] = pool.Description,
                ["name"] = pool.Name,
                ["driver"] = pool.Driver,
                ["used_by"] = Array.Empty<string>(),
                ["status"] = "Created",
                ["locations"] = new[] { "none" },
            },
            ["profiles"] = record.Profiles.Select(name => profiles.Get(record.Project, name)).Select(p => new Dictionary<string, object?>
            {
                ["config"] = p.Config,
                ["description"] = p.Description,
                ["devices"] = Nested(p.Devices),
                ["name"] = p.Name,
                ["used_by"] = Array.Empty<string>(),
                ["project"] = p.Project,
            }).ToArray(),
            ["volume"] = new Dictionary<string, object?>
            {
                ["config"] = new Dictionary<string, object?>(),
                ["description"] = "",
                ["name"] = record.Name,
                ["type"] = TypeOf(record.Kind),
                ["used_by"] = Array.Empty<string>(),
                ["location"] = "none",
                ["content_type"] = record.Kind == InstanceKind.Container ? "filesystem" : "block",
                ["project"] = record.Project,
                ["created_at"] = record.CreatedAt,
            },
            ["snapshots"] = snapshots.Count > 0 ? snapshots.Select(Snapshot).ToArray() : null,
            ["volume_snapshots"] = snapshots.Count > 0 ? snapshots.Select(s => VolumeSnapshot(s, record.Kind)).ToArray() : null,
        };
    }

    private Dictionary<string, object?> Snapshot(SnapshotRecord snapshot)
    {
        var record = snapshot.Instance;
        // Profiles that are gone since say nothing any more.
        var there = profiles.List(record.Project).Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        var expanded = profiles.Expand(record with { Profiles = [.. record.Profiles.Where(there.Contains)] });
        return new()
        {
            ["architecture"] = record.Architecture,
            ["config"] = WithFacts(record, record.Config),
            ["created_at"] = snapshot.CreatedAt,
            ["devices"] = Nested(record.Devices),
            ["ephemeral"] = record.Ephemeral,
            ["expanded_config"] = WithFacts(record, expanded.Config),
            ["expanded_devices"] = Nested(expanded.Devices),
            ["last_used_at"] = record.LastUsedAt,
            ["name"] = snapshot.Name,
            ["profiles"] = record.Profiles.ToArray(),
            ["stateful"] = false,
            ["expires_at"] = snapshot.ExpiresAt,
        };
    }

    private static Dictionary<string, object?> VolumeSnapshot(SnapshotRecord snapshot, InstanceKind kind) => new()
    {
        ["config"] = new Dictionary<string, object?>(),
        ["description"] = "",
        ["name"] = snapshot.Name,
        ["content_type"] = kind == InstanceKind.Container ? "filesystem" : "block",
        ["created_at"] = snapshot.CreatedAt,
        ["expires_at"] = snapshot.ExpiresAt,
    };

    private static Dictionary<string, object?> Nested(ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> devices) =>
        devices.ToDictionary(d => d.Key, d => (object?)d.Value);

    /// <summary>Ids in the archive are the instance's own: no id map lies on the files.</summary>
    private static ImmutableSortedDictionary<string, string> WithFacts(InstanceRecord record, ImmutableSortedDictionary<string, string> config)
    {
        var facts = config.SetItem("volatile.uuid", record.Uuid.ToString()).SetItem("volatile.last_state.power", "STOPPED");
        facts = record.Image.Length > 0 ? facts.SetItem("volatile.base_image", record.Image) : facts;
        return record.Kind == InstanceKind.Container ? facts.SetItem("volatile.last_state.idmap", "[]") : facts;
    }
}
