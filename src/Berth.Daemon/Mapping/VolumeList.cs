using Berth.Api;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Storage;
using Berth.Core.Storage.Volumes;

namespace Berth.Daemon.Mapping;

/// <summary>All that lies in a pool, as the API lists it: custom volumes and those of instances and images.</summary>
internal sealed class VolumeList(InstanceRegistry instances, PoolService pools, VolumeService volumes, VolumeUsers users)
{
    public static readonly string[] Types = ["container", "virtual-machine", VolumeMap.Custom, "image"];

    /// <param name="project">Null: of all projects.</param>
    /// <param name="type">Null: of all types.</param>
    public IReadOnlyList<StorageVolume> Read(PoolRecord pool, string? project, string? type) =>
    [
        .. type is null or "container" ? OfInstances(pool, project, InstanceKind.Container) : [],
        .. type is null or "virtual-machine" ? OfInstances(pool, project, InstanceKind.Machine) : [],
        .. type is null or VolumeMap.Custom ? OfUsers(pool, project is null ? null : volumes.ProjectOf(project)) : [],
        .. type is null or "image" ? OfImages(pool) : [],
    ];

    public StorageVolume ToWire(VolumeRecord volume) => VolumeMap.ToWire(volume, users.Of(volume));

    /// <summary>The volume of an instance or image.</summary>
    /// <exception cref="BerthException">NotFound.</exception>
    public StorageVolume Get(PoolRecord pool, string project, string type, string name) =>
        Read(pool, type == "image" ? null : project, type).FirstOrDefault(v => v.Name == name)
        ?? throw BerthException.NotFound($"Storage volume not found: there is no volume {type}/{name} in the pool \"{pool.Name}\"");

    /// <summary>Bytes that the root of an instance holds and its limit (0 = none).</summary>
    public async Task<(long Used, long Total)> UsageAsync(PoolRecord pool, string project, string type, string name, CancellationToken cancel)
    {
        Get(pool, project, type, name);
        var record = instances.Get(project, name).Record;
        return await pools.Get(pool.Name).GetUsageAsync(record.Id.Key, record.Kind, count: true, cancel) ?? (0, 0);
    }

    private IEnumerable<StorageVolume> OfInstances(PoolRecord pool, string? project, InstanceKind kind) =>
        instances.All.Where(i => i.Record.Phase != InstancePhase.Creating && i.Record.Pool == pool.Name && i.Record.Kind == kind && (project is null || i.Id.Project == project))
            .OrderBy(i => i.Id.Project, StringComparer.Ordinal).ThenBy(i => i.Id.Name, StringComparer.Ordinal)
            .Select(i => new StorageVolume
            {
                Name = i.Id.Name,
                Type = InstanceMap.TypeName(kind),
                ContentType = kind == InstanceKind.Container ? "filesystem" : "block",
                Project = i.Id.Project,
                Location = "none",
                CreatedAt = i.Record.CreatedAt,
                UsedBy = [$"/1.0/instances/{i.Id.Name}{(i.Id.Project == InstanceId.DefaultProject ? "" : $"?project={i.Id.Project}")}"],
            });

    private IEnumerable<StorageVolume> OfUsers(PoolRecord pool, string? project)
    {
        var index = users.Read();
        foreach (var volume in volumes.List().Where(v => v.Pool == pool.Name && (project is null || v.Project == project)))
        {
            yield return VolumeMap.ToWire(volume, index[(volume.Project, volume.Pool, volume.Name)]);
            foreach (var snapshot in volume.Snapshots.Where(s => s.Phase is VolumePhase.Ready or VolumePhase.Renaming))
            {
                yield return VolumeMap.ToWire(volume, snapshot);
            }
        }
    }

    private IEnumerable<StorageVolume> OfImages(PoolRecord pool)
    {
        var open = pools.Get(pool.Name);
        return open.Images().Select(fingerprint => new StorageVolume
        {
            Name = fingerprint,
            Type = "image",
            ContentType = open.HasImageTree(fingerprint) ? "filesystem" : "block",
            Project = InstanceId.DefaultProject,
            Location = "none",
            UsedBy = [$"/1.0/images/{fingerprint}"],
        });
    }
}
