using System.Collections.Immutable;
using System.Text.Json;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.State;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Storage.Volumes;

/// <summary>
/// Custom volumes: stored, made, changed, found. The record is written first and marked ready last, so that the next daemon undoes or
/// finishes what this one began.
/// </summary>
public sealed partial class VolumeService(
    IStateStore store,
    PoolService pools,
    InstanceRegistry instances,
    VolumeUsers users,
    Func<string, string> volumeProject,
    EventHub events,
    TimeProvider time,
    ILogger<VolumeService> log) : IVolumes
{
    private readonly VolumeHolds _holds = new();

    /// <summary>Called after every change.</summary>
    internal Action? Changed { get; set; }

    /// <summary>Told of a volume that is gone, to forget what belongs to it.</summary>
    public Action<VolumeRecord>? Deleted { get; set; }

    /// <summary>Told of a volume that is in another project now, and of that it came from.</summary>
    public Action<VolumeRecord, string>? ProjectChanged { get; set; }

    /// <summary>The project that keeps the volumes of a project: itself, or the default one where it has <c>features.storage.volumes=false</c>.</summary>
    public string ProjectOf(string project) => volumeProject(project);

    /// <summary>Volumes of all pools and projects, in order.</summary>
    public IReadOnlyList<VolumeRecord> List() =>
    [
        .. store.List(VolumeDocuments.Volumes).Select(d => d.Value).Where(IsThere)
            .OrderBy(v => v.Pool, StringComparer.Ordinal).ThenBy(v => v.Project, StringComparer.Ordinal).ThenBy(v => v.Name, StringComparer.Ordinal),
    ];

    /// <exception cref="BerthException">NotFound, with the nearest name.</exception>
    public VolumeRecord Get(string project, string pool, string name)
    {
        if (Present(project, pool, name) is { } volume)
        {
            return volume;
        }

        var known = pools.GetRecord(pool).Name;
        var nearest = Suggestions.Nearest(name, List().Where(v => v.Project == project && v.Pool == known).Select(v => v.Name));
        throw BerthException.NotFound(
            $"Storage volume not found: there is no custom volume \"{name}\" in the pool \"{known}\"" + (nearest is null ? "" : $"; did you mean \"{nearest}\"?"));
    }

    public VolumeRecord Find(string project, string pool, string name) => Get(volumeProject(project), pool, name);

    public Task<SafeFileHandle> MountAsync(VolumeRecord volume, uint? idBase, bool readOnly, CancellationToken cancel) =>
        volume.Content == VolumeContent.Filesystem
            ? PoolOf(Settled(volume)).MountAsync(volume.Key, null, VolumeConfig.IsTrue(volume.Config, "security.unmapped") ? null : idBase, readOnly, cancel)
            : throw BerthException.BadRequest($"The volume \"{volume.Name}\" is a disk ({VolumeConfig.NameOf(volume.Content)}), not files; only virtual machines can have it");

    public VolumeDisk DiskOf(VolumeRecord volume) =>
        volume.Content != VolumeContent.Filesystem
            ? new(PoolOf(Settled(volume)).DiskPath(volume.Key, null, volume.Content), "raw", volume.Content == VolumeContent.Iso)
            : throw BerthException.BadRequest($"The volume \"{volume.Name}\" holds files, it is no disk; make one with: berth storage volume create {volume.Pool} NAME --type block");

    public void RequireExclusive(VolumeRecord volume, InstanceId instance)
    {
        if (volume.Content == VolumeContent.Block && !VolumeConfig.IsTrue(volume.Config, "security.shared")
            && users.Of(volume).FirstOrDefault(u => u.Instance is { } other && other.Id != instance) is { Instance: { } user })
        {
            throw BerthException.Conflict(
                $"The block volume \"{volume.Name}\" is attached to {user.Id} already: two systems that write to one disk destroy what is on it. "
                + $"If what is on it is made for that: berth storage volume set {volume.Pool} {volume.Name} security.shared=true");
        }
    }

    /// <summary>Bytes that the volume holds and its limit (0 = none).</summary>
    public Task<(long Used, long Total)> GetUsageAsync(VolumeRecord volume, CancellationToken cancel) =>
        PoolOf(volume).GetUsageAsync(volume.Key, volume.Content, cancel);

    /// <summary>Makes a volume.</summary>
    /// <param name="wanted">Project, pool, name, content, description and configuration.</param>
    /// <param name="fill">Writes the content, see <see cref="ICustomVolumes"/>; null for an empty one.</param>
    public async Task<VolumeRecord> CreateAsync(VolumeRecord wanted, Func<string, CancellationToken, Task>? fill, CancellationToken cancel)
    {
        var planned = Plan(wanted);
        var size = VolumeConfig.SizeOf(planned.Config);
        return await MakeAsync(planned, pool => planned.Content == VolumeContent.Filesystem
            ? pool.CreateFilesystemAsync(planned.Key, size, VolumeConfig.RootOf(planned.Config), fill, cancel)
            : pool.CreateBlockAsync(planned.Key, planned.Content, size, fill, cancel), cancel);
    }

    /// <summary>Makes a volume, with its snapshots, from a backup.</summary>
    /// <param name="make">Makes everything of the record in the pool.</param>
    internal async Task<VolumeRecord> ImportAsync(
        VolumeRecord wanted, Func<VolumeRecord, ICustomVolumes, CancellationToken, Task> make, CancellationToken cancel)
    {
        var planned = Plan(wanted);
        return await MakeAsync(planned, pool => make(planned, pool, cancel), cancel);
    }

    public async Task<VolumeRecord> UpdateAsync(
        VolumeRecord volume, string description, ImmutableSortedDictionary<string, string> config, CancellationToken cancel)
    {
        using var hold = await _holds.TakeAsync(volume.Project, volume.Pool, volume.Name, cancel);
        var old = Get(volume.Project, volume.Pool, volume.Name);
        if (config.TryGetValue(VolumeConfig.Uuid, out var uuid) && uuid != old.Config.GetValueOrDefault(VolumeConfig.Uuid))
        {
            throw BerthException.BadRequest($"{VolumeConfig.Uuid} is Berth's own and cannot be set");
        }

        config = config.SetItem(VolumeConfig.Uuid, old.Config.GetValueOrDefault(VolumeConfig.Uuid, Guid.NewGuid().ToString()));
        VolumeConfig.Validate(config, old.Content, pools.GetRecord(old.Pool).Driver);
        RefuseFixed(old.Config, config);
        var pool = PoolOf(old);
        var size = VolumeConfig.SizeOf(config);
        if (size != VolumeConfig.SizeOf(old.Config))
        {
            if (size is null && old.Content == VolumeContent.Block)
            {
                throw BerthException.BadRequest("A block volume has a size: it cannot be unset");
            }

            await pool.ResizeAsync(old.Key, old.Content, size, users.Of(old).Any(u => u.Runs), cancel);
        }

        SetCompression(pool, old, config);
        var changed = old with { Description = description, Config = config };
        await WriteAsync(changed, cancel);
        Announce("storage-volume-updated", changed);
        return changed;
    }

    public async Task DeleteAsync(VolumeRecord volume, CancellationToken cancel)
    {
        using var hold = await _holds.TakeAsync(volume.Project, volume.Pool, volume.Name, cancel);
        var present = Get(volume.Project, volume.Pool, volume.Name);
        if (users.Of(present) is { Count: > 0 } using_)
        {
            throw BerthException.BadRequest(
                $"The storage volume is still in use by {string.Join(", ", using_.Select(u => u.Path).Distinct().Take(5))}; detach it first");
        }

        Put(present with { Phase = VolumePhase.Deleting });
        FinishDelete(present);
        Deleted?.Invoke(present);
        Announce("storage-volume-deleted", present);
    }

    /// <summary>Nobody begins to use what is about to be exchanged or to go.</summary>
    private static VolumeRecord Settled(VolumeRecord volume) => volume.Phase is VolumePhase.Restoring or VolumePhase.Moving
        ? throw BerthException.Conflict($"The volume \"{volume.Name}\" is being {(volume.Phase == VolumePhase.Moving ? "moved" : "restored")}; try again when that is done")
        : volume;

    internal ICustomVolumes PoolOf(VolumeRecord volume) => pools.Get(volume.Pool).Custom;

    /// <summary>Checks a new volume and completes its configuration. Nothing is made yet.</summary>
    private VolumeRecord Plan(VolumeRecord wanted)
    {
        VolumeNames.Validate(wanted.Name);
        var pool = pools.GetRecord(wanted.Pool);
        if (store.Find(VolumeDocuments.Volumes, wanted.Project, DocumentName(pool.Name, wanted.Name)) is not null)
        {
            throw BerthException.Conflict("Volume by that name already exists");
        }

        var given = wanted.Config.RemoveRange(wanted.Config.Keys.Where(k => k.StartsWith("volatile.", StringComparison.Ordinal)));
        var config = VolumeConfig.WithDefaults(given, wanted.Content, pool);
        VolumeConfig.Validate(config, wanted.Content, pool.Driver);
        return wanted with
        {
            Pool = pool.Name,
            Config = config.SetItem(VolumeConfig.Uuid, Guid.NewGuid().ToString()),
            CreatedAt = time.GetUtcNow(),
            Phase = VolumePhase.Creating,
        };
    }

    private async Task<VolumeRecord> MakeAsync(VolumeRecord planned, Func<ICustomVolumes, Task> make, CancellationToken cancel)
    {
        var pool = PoolOf(planned);
        using var hold = await _holds.TakeAsync(planned.Project, planned.Pool, planned.Name, cancel);
        store.Put(VolumeDocuments.Volumes, planned.Project, DocumentName(planned.Pool, planned.Name), planned, expected: 0);
        try
        {
            await make(pool);
            SetCompression(pool, planned with { Config = planned.Config.Remove(VolumeConfig.Compression) }, planned.Config);
            var ready = planned with { Phase = VolumePhase.Ready };
            await WriteAsync(ready, cancel);
            Announce("storage-volume-created", ready);
            return ready;
        }
        catch
        {
            FinishDelete(planned);
            throw;
        }
    }

    /// <summary>Removes everything that there is of a volume. Repeatable.</summary>
    private void FinishDelete(VolumeRecord volume)
    {
        PoolOf(volume).Delete(volume.Key);
        store.Delete(VolumeDocuments.Volumes, volume.Project, DocumentName(volume.Pool, volume.Name));
    }

    private static void SetCompression(ICustomVolumes pool, VolumeRecord old, ImmutableSortedDictionary<string, string> config)
    {
        var wanted = config.GetValueOrDefault(VolumeConfig.Compression);
        if (wanted != old.Config.GetValueOrDefault(VolumeConfig.Compression))
        {
            pool.SetCompression(old.Key, wanted);
        }
    }

    private static void RefuseFixed(ImmutableSortedDictionary<string, string> old, ImmutableSortedDictionary<string, string> wanted)
    {
        foreach (var key in old.Keys.Union(wanted.Keys).Where(k => k.StartsWith("initial.", StringComparison.Ordinal)))
        {
            if (old.GetValueOrDefault(key) != wanted.GetValueOrDefault(key))
            {
                throw BerthException.BadRequest($"{key} is for the volume's creation and cannot be changed later: change the owner or mode in the instance");
            }
        }
    }

    /// <summary>The copy beside the data, then the record.</summary>
    private async Task WriteAsync(VolumeRecord volume, CancellationToken cancel)
    {
        await PoolOf(volume).WriteConfigCopyAsync(volume.Key, JsonSerializer.SerializeToUtf8Bytes(volume, VolumeDocuments.Volumes.Json), cancel);
        Put(volume);
    }

    private void Put(VolumeRecord volume)
    {
        store.Put(VolumeDocuments.Volumes, volume.Project, DocumentName(volume.Pool, volume.Name), volume);
        Changed?.Invoke();
    }

    private VolumeRecord? Present(VolumeRecord volume) => Present(volume.Project, volume.Pool, volume.Name);

    private VolumeRecord? Present(string project, string pool, string name) =>
        store.Find(VolumeDocuments.Volumes, project, DocumentName(pool, name))?.Value is { } volume && IsThere(volume) ? volume : null;

    private static bool IsThere(VolumeRecord volume) => volume.Phase is not (VolumePhase.Creating or VolumePhase.Deleting);

    private static string DocumentName(string pool, string name) => $"{pool}/{name}";

    internal static string PathOf(VolumeRecord volume) =>
        $"/1.0/storage-pools/{Uri.EscapeDataString(volume.Pool)}/volumes/custom/{Uri.EscapeDataString(volume.Name)}";

    private void Announce(string action, VolumeRecord volume, string below = "", ImmutableSortedDictionary<string, string>? context = null)
    {
        var project = volume.Project == InstanceId.DefaultProject ? "" : $"?project={Uri.EscapeDataString(volume.Project)}";
        events.Lifecycle(action, volume.Project, PathOf(volume) + below + project, volume.Name, context);
    }
}
