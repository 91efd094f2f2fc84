using System.Collections.Immutable;
using System.Text.Json;
using Berth.Core.Devices;
using Berth.Core.Events;
using Berth.Core.Images;
using Berth.Core.Instances.CloudInit;
using Berth.Core.Instances.Templates;
using Berth.Core.Profiles;
using Berth.Core.Projects;
using Berth.Core.State;
using Berth.Core.Storage;

namespace Berth.Core.Instances;

/// <summary>
/// Makes instances. Everything is checked before anything is made; the record is written first and marked complete last,
/// so that a crash between leaves something that the next daemon recognises and undoes.
/// </summary>
public sealed class InstanceCreator(
    InstanceRegistry registry,
    ProfileService profiles,
    ProjectService projects,
    ProjectGuard guard,
    DeviceValidator devices,
    DevicePlug plug,
    PoolService pools,
    ImageStore images,
    ImageContent content,
    InstanceNics nics,
    EventHub events,
    HostLayout layout,
    TimeProvider time)
{
    private readonly IdRanges _ids = new(layout.Tag);

    /// <summary>Checks a request and says what it will make. Nothing is made yet.</summary>
    /// <exception cref="BerthException">BadRequest, NotFound or Conflict with the reason.</exception>
    public async Task<InstanceRecord> PlanAsync(InstanceRequest request, CancellationToken cancel)
    {
        var name = request.Name.Length > 0 ? request.Name : FreeName(request.Project);
        InstanceNames.Validate(name);
        if (registry.All.Any(i => i.Id == new InstanceId(request.Project, name)))
        {
            throw BerthException.Conflict($"Instance \"{name}\" already exists");
        }

        if (request.Architecture is not ("" or "x86_64" or "amd64"))
        {
            throw BerthException.BadRequest($"This host runs x86_64; \"{request.Architecture}\" cannot run here");
        }

        var image = request.Image is { Length: > 0 } fingerprint ? images.Get(projects.Effective(ProjectFeature.Images, request.Project), fingerprint) : null;
        var record = new InstanceRecord
        {
            Project = request.Project,
            Name = name,
            Kind = request.Kind,
            Uuid = Guid.NewGuid(),
            Description = request.Description,
            Config = image is null ? request.Config : request.Config.AddMissing(image.Properties.Select(p => new KeyValuePair<string, string>("image." + p.Key, p.Value))),
            Devices = request.Devices,
            Profiles = request.Profiles ?? (image is { Profiles.Length: > 0 } ? image.Profiles : [ProfileRecord.Default]),
            Ephemeral = request.Ephemeral,
            Pool = "",
            Image = image?.Fingerprint ?? "",
            CreatedAt = time.GetUtcNow(),
            Phase = InstancePhase.Creating,
        };
        var planned = record with { Pool = await ValidateAsync(record, cancel) };
        await plug.CheckAsync(planned, cancel);
        return planned;
    }

    /// <summary>What new instances keep of their images.</summary>
    public required InstanceMetadata Metadata { get; init; }

    /// <summary>Makes what <see cref="PlanAsync"/> returned.</summary>
    public Task<Instance> CreateAsync(InstanceRecord planned, Action<string> progress, CancellationToken cancel) =>
        MakeAsync(
            planned,
            (instance, pool) => MakeRootAsync(instance.Record, instance.Id.Key, pool, progress, cancel),
            record => Metadata.ProvideFromImageAsync(record, cancel),
            cancel);

    /// <summary>Checks configuration and devices as they will be after profiles; returns the root's pool.</summary>
    internal async Task<string> ValidateAsync(InstanceRecord record, CancellationToken cancel)
    {
        foreach (var (key, value) in record.Config)
        {
            ConfigCatalogue.Validate(key, value, record.Kind);
        }

        if (record.Profiles.Distinct().Count() != record.Profiles.Length)
        {
            throw BerthException.BadRequest("A profile is given twice");
        }

        var expanded = profiles.Expand(record);
        devices.ValidateAll(expanded.Devices, record.Kind);
        RunSpecBuilder.LimitsOf(record, expanded);
        IdChoice.Verify(record, expanded);
        guard.Check(record);
        var root = expanded.Root
            ?? throw BerthException.BadRequest(
                "The instance has no root disk: give it one (-d root,type=disk,path=/,pool=default) or add one to its profile with: berth profile device add default root disk path=/ pool=default");
        var pool = pools.Get(root.Value["pool"]).Record.Name;
        await nics.ResolveAsync(record, cancel);
        return pool;
    }

    internal void MarkTaken(InstanceRecord record)
    {
        if (record.IdBase != 0)
        {
            _ids.MarkTaken(record.IdBase);
        }
    }

    internal void Release(InstanceRecord record)
    {
        if (record.IdBase != 0)
        {
            _ids.Release(record.IdBase);
        }
    }

    internal async Task WriteConfigCopyAsync(InstanceRecord record, CancellationToken cancel) =>
        await pools.Get(record.Pool).WriteConfigCopyAsync(
            record.Id.Key, record.Kind, JsonSerializer.SerializeToUtf8Bytes(record, Documents.Instances.Json), cancel);

    internal static string KindName(InstanceKind kind) => kind == InstanceKind.Container ? "container" : "virtual machine";

    /// <param name="planned">From <see cref="PlanAsync"/>.</param>
    /// <param name="makeRoot">Makes the root in the pool; what else it makes it takes back when it fails.</param>
    /// <param name="describe">Gives the instance its metadata and templates; returns what the record says then.</param>
    internal async Task<Instance> MakeAsync(
        InstanceRecord planned, Func<Instance, IStoragePool, Task> makeRoot, Func<InstanceRecord, Task<InstanceRecord>> describe, CancellationToken cancel)
    {
        using var place = guard.Reserve(planned);
        var pool = pools.Get(planned.Pool);
        var record = CloudInitIds.Renew(await nics.CompleteAsync(planned with { IdBase = IdChoice.Take(planned, profiles.Expand(planned), _ids) }, cancel));
        var made = false;
        Instance? instance = null;
        try
        {
            instance = registry.Add(record);
            using var hold = await instance.HoldAsync("create", cancel);
            made = true;
            await makeRoot(instance, pool);
            var ready = await describe(record) with { Phase = InstancePhase.Ready };
            await WriteConfigCopyAsync(ready, cancel);
            registry.Write(instance, ready);
            events.Lifecycle("instance-created", record.Project, InstanceLifecycle.PathOf(instance), record.Name);
            return instance;
        }
        catch
        {
            if (made)
            {
                await pool.DeleteAsync(record.Id.Key, record.Kind, CancellationToken.None);
                Metadata.Remove(record.Id);
            }

            if (instance is not null)
            {
                registry.Remove(instance);
            }

            Release(record);
            throw;
        }
    }

    /// <summary>Makes a root of the record's image, or an empty one.</summary>
    internal async Task MakeRootAsync(InstanceRecord record, string volume, IStoragePool pool, Action<string> progress, CancellationToken cancel)
    {
        var size = RunSpecBuilder.LimitsOf(record, profiles.Expand(record)).RootSize ?? Storage.Volumes.VolumeConfig.DefaultSizeOf(pools.GetRecord(record.Pool));
        var fingerprint = record.Image.Length > 0 ? record.Image : null;
        if (record.Kind == InstanceKind.Container)
        {
            if (fingerprint is not null)
            {
                if (!pool.HasImageTree(fingerprint))
                {
                    progress("Unpacking the image");
                }

                await content.EnsureTreeAsync(pool, fingerprint, cancel);
            }

            await pool.CreateContainerRootAsync(volume, fingerprint, record.IdBase, size, cancel);
            return;
        }

        if (fingerprint is not null)
        {
            if (!pool.HasImageDisk(fingerprint))
            {
                progress("Preparing the image's disk");
            }

            await content.EnsureDiskAsync(pool, fingerprint, cancel);
        }

        await pool.CreateMachineDiskAsync(volume, fingerprint, size, cancel);
    }

    private string FreeName(string project)
    {
        string name;
        do
        {
            name = RandomNames.Next();
        }
        while (registry.All.Any(i => i.Id == new InstanceId(project, name)));

        return name;
    }
}

internal static class ConfigExtensions
{
    /// <summary>Adds what is not there yet.</summary>
    public static ImmutableSortedDictionary<string, string> AddMissing(
        this ImmutableSortedDictionary<string, string> config, IEnumerable<KeyValuePair<string, string>> defaults) =>
        config.AddRange(defaults.Where(d => !config.ContainsKey(d.Key)));
}
