using System.Collections.Immutable;
using Berth.Linux;
using Berth.Linux.Files;
using Berth.Linux.Trees;

namespace Berth.Core.Storage.Volumes;

/// <summary>What a copy is to be.</summary>
/// <param name="Target">Project, pool, name, and what the client wants to be different from the source.</param>
/// <param name="VolumeOnly">Without the snapshots.</param>
/// <param name="Refresh">Bring an existing copy up to date.</param>
/// <param name="ExcludeOlder">A refresh takes no snapshots that are older than the newest one that both have.</param>
public sealed record VolumeCopy(VolumeRecord Source, string? Snapshot, VolumeRecord Target, bool VolumeOnly, bool Refresh, bool ExcludeOlder);

/// <summary>Rename, copy, move.</summary>
public sealed partial class VolumeService
{
    /// <summary>Renames a volume; the devices that have it follow.</summary>
    public async Task<VolumeRecord> RenameAsync(VolumeRecord volume, string newName, CancellationToken cancel)
    {
        VolumeNames.Validate(newName);
        using var hold = await _holds.TakeAsync(volume.Project, volume.Pool, volume.Name, cancel);
        var present = Get(volume.Project, volume.Pool, volume.Name);
        RefuseUsed(volume.Project, volume.Pool, newName);
        RefuseRunning(present, "renamed");
        Put(present with { Phase = VolumePhase.Renaming, NewName = newName });
        var renamed = await FinishRenameAsync(present with { NewName = newName }, cancel);
        Announce("storage-volume-renamed", renamed, context: ImmutableSortedDictionary<string, string>.Empty.Add("old_name", present.Name));
        return renamed;
    }

    /// <summary>Copies a volume, into whatever pool, or brings a copy up to date.</summary>
    public async Task<VolumeRecord> CopyAsync(VolumeCopy copy, CancellationToken cancel)
    {
        var existing = store.Find(VolumeDocuments.Volumes, copy.Target.Project, DocumentName(copy.Target.Pool, copy.Target.Name))?.Value;
        if (existing is not null && copy.Refresh)
        {
            return await RefreshAsync(copy, existing, cancel);
        }

        var planned = PlanCopy(copy);
        using var hold = await _holds.TakeAsync(copy.Source.Project, copy.Source.Pool, copy.Source.Name, cancel);
        var source = Get(copy.Source.Project, copy.Source.Pool, copy.Source.Name);
        return await MakeCopyAsync(source, copy.Snapshot, copy.VolumeOnly, planned, cancel);
    }

    private VolumeRecord PlanCopy(VolumeCopy copy)
    {
        var config = (copy.Target.Config.Count > 0 ? copy.Target.Config : ConfigOf(copy))
            .RemoveRange(copy.Source.Content == VolumeContent.Iso ? ["size"] : []);
        return Plan(copy.Target with { Content = copy.Source.Content, Config = config });
    }

    private async Task<VolumeRecord> MakeCopyAsync(VolumeRecord source, string? ofSnapshot, bool only, VolumeRecord planned, CancellationToken cancel)
    {
        var snapshots = only || ofSnapshot is not null ? [] : source.Snapshots.RemoveAll(s => s.Phase != VolumePhase.Ready);
        planned = planned with { Snapshots = snapshots };
        return await MakeAsync(planned, async pool =>
        {
            await CopyContentAsync(source, ofSnapshot, planned, pool, cancel);
            foreach (var snapshot in snapshots)
            {
                await pool.AddSnapshotAsync(
                    planned.Key, snapshot.Name, planned.Content, VolumeConfig.SizeOf(snapshot.Config), From(source, snapshot.Name), cancel);
            }
        }, cancel);
    }

    /// <summary>Says at once what a copy would say later.</summary>
    /// <exception cref="BerthException">Conflict.</exception>
    public void RefuseTaken(VolumeCopy copy)
    {
        if (!copy.Refresh)
        {
            RefuseUsed(copy.Target.Project, copy.Target.Pool, copy.Target.Name);
        }
    }

    private async Task<VolumeRecord> RefreshAsync(VolumeCopy copy, VolumeRecord target, CancellationToken cancel)
    {
        var source = copy.Source;
        if (source.Content != target.Content)
        {
            throw BerthException.BadRequest($"\"{target.Name}\" is a volume of another content type than \"{source.Name}\": it cannot be refreshed from it");
        }

        if ((source.Project, source.Pool, source.Name) == (target.Project, target.Pool, target.Name))
        {
            throw BerthException.BadRequest("A volume cannot be refreshed from itself");
        }

        // In one order whoever refreshes whom, so that two refreshes do not wait for each other.
        var pair = new[] { source, target }.OrderBy(v => (v.Project, v.Pool, v.Name)).ToList();
        using var first = await _holds.TakeAsync(pair[0].Project, pair[0].Pool, pair[0].Name, cancel);
        using var second = await _holds.TakeAsync(pair[1].Project, pair[1].Pool, pair[1].Name, cancel);
        source = Get(source.Project, source.Pool, source.Name);
        target = Get(target.Project, target.Pool, target.Name);
        RefuseRunning(target, "refreshed");
        if (!copy.VolumeOnly)
        {
            target = await RefreshSnapshotsAsync(source, target, copy.ExcludeOlder, cancel);
        }

        await PoolOf(target).ReplaceAsync(target.Key, target.Content, VolumeConfig.SizeOf(target.Config), From(source, null), cancel);
        Announce("storage-volume-updated", target);
        return target;
    }

    private async Task<VolumeRecord> RefreshSnapshotsAsync(VolumeRecord source, VolumeRecord target, bool excludeOlder, CancellationToken cancel)
    {
        static bool Same(VolumeSnapshotRecord a, VolumeSnapshotRecord b) => a.Name == b.Name && a.CreatedAt == b.CreatedAt;
        foreach (var gone in target.Snapshots.Where(t => !source.Snapshots.Any(s => Same(s, t))).ToList())
        {
            target = RemoveSnapshot(target, gone.Name);
        }

        var newest = target.Snapshots.Select(s => s.CreatedAt).DefaultIfEmpty().Max();
        foreach (var snapshot in source.Snapshots.Where(s => s.Phase == VolumePhase.Ready && !target.Snapshots.Any(t => Same(s, t))).ToList())
        {
            if (!excludeOlder || snapshot.CreatedAt > newest)
            {
                target = await AddSnapshotAsync(target, snapshot, pool => pool.AddSnapshotAsync(
                    target.Key, snapshot.Name, target.Content, VolumeConfig.SizeOf(snapshot.Config), From(source, snapshot.Name), cancel), cancel);
            }
        }

        return target;
    }

    private async Task CopyContentAsync(VolumeRecord source, string? snapshot, VolumeRecord planned, ICustomVolumes pool, CancellationToken cancel)
    {
        var size = VolumeConfig.SizeOf(planned.Config);
        if (source.Pool == planned.Pool)
        {
            await pool.CopyAsync(source.Key, snapshot, planned.Key, source.Content, users.Of(source).Any(u => u.Runs), cancel);
            if (size != VolumeConfig.SizeOf(snapshot is null ? source.Config : source.Snapshot(snapshot)!.Config))
            {
                await pool.ResizeAsync(planned.Key, planned.Content, size, inUse: false, cancel);
            }
        }
        else if (planned.Content == VolumeContent.Filesystem)
        {
            await pool.CreateFilesystemAsync(planned.Key, size, new(), From(source, snapshot), cancel);
        }
        else
        {
            await pool.CreateBlockAsync(planned.Key, planned.Content, size, From(source, snapshot), cancel);
        }
    }

    /// <summary>Writes what a volume, or its snapshot, holds to another place.</summary>
    internal Func<string, CancellationToken, Task> From(VolumeRecord source, string? snapshot) => async (target, cancel) =>
    {
        var pool = PoolOf(source);
        if (source.Content == VolumeContent.Filesystem)
        {
            using var mount = await pool.MountAsync(source.Key, snapshot, null, readOnly: true, cancel);
            var links = Directory.CreateDirectory(Path.Combine(target, ".berth-links")).FullName;
            await Task.Run(() => TreeCopier.Copy(Fd.ProcPath(mount), target, links, default, cancel), cancel);
            return;
        }

        if (snapshot is null)
        {
            RefuseRunning(source, "copied to another pool");
        }

        await Task.Run(() =>
        {
            using var from = Fd.Open(pool.DiskPath(source.Key, snapshot, source.Content), OpenFlags.ReadOnly);
            using var to = Fd.Open(target, OpenFlags.WriteOnly);
            FileCopy.Copy(from, to, null, cancel);
        }, cancel);
    };

    /// <summary>The source's configuration without what its own pool alone has.</summary>
    private ImmutableSortedDictionary<string, string> ConfigOf(VolumeCopy copy)
    {
        var config = copy.Snapshot is { } name
            ? (copy.Source.Snapshot(name) ?? throw NoSnapshot(copy.Source, name)).Config
            : copy.Source.Config;
        return pools.GetRecord(copy.Target.Pool).Driver == pools.GetRecord(copy.Source.Pool).Driver ? config : config.Remove(VolumeConfig.Compression);
    }

    private void RefuseUsed(string project, string pool, string name)
    {
        if (store.Find(VolumeDocuments.Volumes, project, DocumentName(pool, name)) is not null)
        {
            throw BerthException.Conflict("Volume by that name already exists");
        }
    }

    private void RefuseRunning(VolumeRecord volume, string done)
    {
        if (users.Of(volume).FirstOrDefault(u => u.Runs) is { Instance: { } instance })
        {
            throw BerthException.BadRequest($"Volume is still in use by running instances: it cannot be {done} while {instance.Id} runs. Stop it first, or detach the volume");
        }
    }

    private async Task<VolumeRecord> FinishRenameAsync(VolumeRecord volume, CancellationToken cancel)
    {
        var pool = PoolOf(volume);
        var renamed = volume with { Name = volume.NewName, NewName = "", Phase = VolumePhase.Ready };
        if (pool.Exists(volume.Key))
        {
            pool.Rename(volume.Key, renamed.Key);
        }

        await PointUsersAsync(volume, volume.Pool, renamed.Name, cancel);
        store.Rename(VolumeDocuments.Volumes, volume.Project, DocumentName(volume.Pool, volume.Name), DocumentName(volume.Pool, renamed.Name), renamed);
        await WriteAsync(renamed, cancel);
        return renamed;
    }

    /// <summary>Makes instances and profiles have the volume under its new place.</summary>
    private async Task PointUsersAsync(VolumeRecord volume, string pool, string name, CancellationToken cancel)
    {
        var all = users.Of(volume);
        foreach (var profile in all.Select(u => u.Profile).OfType<Profiles.ProfileRecord>().DistinctBy(p => (p.Project, p.Name)))
        {
            store.Put(State.Documents.Profiles, profile.Project, profile.Name, profile with { Devices = VolumeUsers.Point(profile.Devices, volume, pool, name) });
        }

        foreach (var instance in all.Select(u => u.Instance).OfType<Instances.Instance>().Distinct())
        {
            using var hold = await instance.HoldAsync("update", cancel);
            instances.Write(instance, instance.Record with { Devices = VolumeUsers.Point(instance.Record.Devices, volume, pool, name) });
        }
    }
}
