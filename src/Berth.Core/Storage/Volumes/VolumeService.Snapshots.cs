using System.Collections.Immutable;

namespace Berth.Core.Storage.Volumes;

/// <summary>Snapshots of volumes.</summary>
public sealed partial class VolumeService
{
    private const string DefaultPattern = "snap%d";

    /// <summary>Longer than any name of a snapshot.</summary>
    private const string MomentPrefix = "berth-moment-for-a-backup-that-is-being-made-now-";

    /// <param name="name">Empty: from <c>snapshots.pattern</c>.</param>
    public async Task<VolumeSnapshotRecord> SnapshotAsync(VolumeRecord volume, string name, string description, DateTimeOffset? expiresAt, CancellationToken cancel)
    {
        using var hold = await _holds.TakeAsync(volume.Project, volume.Pool, volume.Name, cancel);
        var present = Get(volume.Project, volume.Pool, volume.Name);
        var snapshot = new VolumeSnapshotRecord
        {
            Name = name.Length > 0 ? name : NextName(present),
            Description = description,
            Config = present.Config,
            CreatedAt = time.GetUtcNow(),
            ExpiresAt = expiresAt,
        };
        VolumeNames.Validate(snapshot.Name, "snapshot");
        if (present.Snapshot(snapshot.Name) is not null)
        {
            throw BerthException.Conflict($"Snapshot \"{snapshot.Name}\" already exists");
        }

        var inUse = users.Of(present).Any(u => u.Runs);
        await AddSnapshotAsync(present, snapshot, pool => pool.SnapshotAsync(present.Key, snapshot.Name, present.Content, inUse, cancel), cancel);
        AnnounceSnapshot("storage-volume-snapshot-created", present, snapshot.Name);
        return snapshot;
    }

    /// <exception cref="BerthException">NotFound.</exception>
    public static VolumeSnapshotRecord GetSnapshot(VolumeRecord volume, string name) =>
        volume.Snapshot(name) is { Phase: not (VolumePhase.Creating or VolumePhase.Deleting) } snapshot ? snapshot : throw NoSnapshot(volume, name);

    public async Task UpdateSnapshotAsync(VolumeRecord volume, string name, string description, DateTimeOffset? expiresAt, CancellationToken cancel)
    {
        using var hold = await _holds.TakeAsync(volume.Project, volume.Pool, volume.Name, cancel);
        var present = Get(volume.Project, volume.Pool, volume.Name);
        var snapshot = GetSnapshot(present, name);
        await WriteAsync(With(present, snapshot, snapshot with { Description = description, ExpiresAt = expiresAt }), cancel);
        AnnounceSnapshot("storage-volume-snapshot-updated", present, name);
    }

    public async Task RenameSnapshotAsync(VolumeRecord volume, string name, string newName, CancellationToken cancel)
    {
        VolumeNames.Validate(newName, "snapshot");
        using var hold = await _holds.TakeAsync(volume.Project, volume.Pool, volume.Name, cancel);
        var present = Get(volume.Project, volume.Pool, volume.Name);
        var snapshot = GetSnapshot(present, name);
        if (present.Snapshot(newName) is not null)
        {
            throw BerthException.Conflict($"Snapshot \"{newName}\" already exists");
        }

        var renaming = With(present, snapshot, snapshot with { Phase = VolumePhase.Renaming, NewName = newName });
        Put(renaming);
        await FinishSnapshotRenameAsync(renaming, renaming.Snapshot(name)!, cancel);
        AnnounceSnapshot("storage-volume-snapshot-renamed", present, newName, ImmutableSortedDictionary<string, string>.Empty.Add("old_name", name));
    }

    public async Task DeleteSnapshotAsync(VolumeRecord volume, string name, CancellationToken cancel)
    {
        using var hold = await _holds.TakeAsync(volume.Project, volume.Pool, volume.Name, cancel);
        var present = Get(volume.Project, volume.Pool, volume.Name);
        GetSnapshot(present, name);
        await WriteAsync(RemoveSnapshot(present, name), cancel);
        AnnounceSnapshot("storage-volume-snapshot-deleted", present, name);
    }

    public async Task RestoreAsync(VolumeRecord volume, string name, CancellationToken cancel)
    {
        using var hold = await _holds.TakeAsync(volume.Project, volume.Pool, volume.Name, cancel);
        var present = Get(volume.Project, volume.Pool, volume.Name);
        var snapshot = GetSnapshot(present, name);
        RefuseRunning(present, "restored");
        await PoolOf(present).RestoreAsync(present.Key, name, present.Content, cancel);
        // The size is part of what is restored: it is that of the snapshot's filesystem or disk.
        var size = snapshot.Config.GetValueOrDefault("size");
        var config = size is null ? present.Config.Remove("size") : present.Config.SetItem("size", size);
        await WriteAsync(present with { Config = config }, cancel);
        Announce("storage-volume-restored", present, context: ImmutableSortedDictionary<string, string>.Empty.Add("snapshot", name));
    }

    /// <summary>
    /// A copy of the volume at one moment that is not among its snapshots, for reading; null where nobody writes in it, so that the volume
    /// itself can be read. <see cref="EndMoment"/> removes it, or the next daemon does.
    /// </summary>
    internal async Task<string?> TakeMomentAsync(VolumeRecord volume, CancellationToken cancel)
    {
        if (volume.Content == VolumeContent.Iso || !users.Of(volume).Any(u => u.Runs))
        {
            return null;
        }

        using var hold = await _holds.TakeAsync(volume.Project, volume.Pool, volume.Name, cancel);
        var name = MomentPrefix + Guid.NewGuid().ToString("N");
        await PoolOf(volume).SnapshotAsync(volume.Key, name, volume.Content, inUse: true, cancel);
        return name;
    }

    internal void EndMoment(VolumeRecord volume, string? moment)
    {
        if (moment is not null)
        {
            PoolOf(volume).DeleteSnapshot(volume.Key, moment);
        }
    }

    /// <summary>Deletes snapshots whose time has come.</summary>
    public async Task RemoveExpiredAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        foreach (var volume in List())
        {
            foreach (var snapshot in volume.Snapshots.Where(s => s.Phase == VolumePhase.Ready && s.ExpiresAt <= now))
            {
                await DeleteSnapshotAsync(volume, snapshot.Name, cancel);
            }
        }
    }

    /// <summary>When snapshots go by themselves.</summary>
    internal IEnumerable<DateTimeOffset> Expiries() => List().SelectMany(v => v.Snapshots).Select(s => s.ExpiresAt).OfType<DateTimeOffset>();

    private async Task<VolumeRecord> AddSnapshotAsync(VolumeRecord volume, VolumeSnapshotRecord snapshot, Func<ICustomVolumes, Task> make, CancellationToken cancel)
    {
        Put(volume with { Snapshots = volume.Snapshots.Add(snapshot with { Phase = VolumePhase.Creating }) });
        try
        {
            await make(PoolOf(volume));
            var made = volume with { Snapshots = volume.Snapshots.Add(snapshot) };
            await WriteAsync(made, cancel);
            return made;
        }
        catch
        {
            PoolOf(volume).DeleteSnapshot(volume.Key, snapshot.Name);
            Put(volume);
            throw;
        }
    }

    /// <summary>The record without the snapshot, whose data has gone.</summary>
    private VolumeRecord RemoveSnapshot(VolumeRecord volume, string name)
    {
        var snapshot = volume.Snapshot(name)!;
        Put(With(volume, snapshot, snapshot with { Phase = VolumePhase.Deleting }));
        PoolOf(volume).DeleteSnapshot(volume.Key, name);
        var without = volume with { Snapshots = volume.Snapshots.Remove(snapshot) };
        Put(without);
        return without;
    }

    private async Task<VolumeRecord> FinishSnapshotRenameAsync(VolumeRecord volume, VolumeSnapshotRecord snapshot, CancellationToken cancel)
    {
        var pool = PoolOf(volume);
        if (pool.Exists(volume.Key, snapshot.Name))
        {
            pool.RenameSnapshot(volume.Key, snapshot.Name, snapshot.NewName);
        }

        var done = With(volume, snapshot, snapshot with { Name = snapshot.NewName, NewName = "", Phase = VolumePhase.Ready });
        await WriteAsync(done, cancel);
        return done;
    }

    private async Task RecoverSnapshotsAsync(VolumeRecord volume, CancellationToken cancel)
    {
        foreach (var moment in PoolOf(volume).Snapshots(volume.Key).Where(name => name.StartsWith(MomentPrefix, StringComparison.Ordinal)))
        {
            PoolOf(volume).DeleteSnapshot(volume.Key, moment);
        }

        foreach (var name in volume.Snapshots.Where(s => s.Phase is VolumePhase.Creating or VolumePhase.Deleting).Select(s => s.Name).ToList())
        {
            volume = RemoveSnapshot(volume, name);
        }

        foreach (var snapshot in volume.Snapshots.Where(s => s.Phase == VolumePhase.Renaming).ToList())
        {
            volume = await FinishSnapshotRenameAsync(volume, snapshot, cancel);
        }
    }

    private static string NextName(VolumeRecord volume)
    {
        var pattern = volume.Config.GetValueOrDefault("snapshots.pattern", DefaultPattern);
        if (!pattern.Contains("%d", StringComparison.Ordinal))
        {
            // As Incus: a pattern without a number gets one when the name is taken.
            if (volume.Snapshot(pattern) is null)
            {
                return pattern;
            }

            pattern += "-%d";
        }

        var number = 0;
        string name;
        do
        {
            name = pattern.Replace("%d", $"{number++}", StringComparison.Ordinal);
        }
        while (volume.Snapshot(name) is not null);
        return name;
    }

    private static VolumeRecord With(VolumeRecord volume, VolumeSnapshotRecord old, VolumeSnapshotRecord changed) =>
        volume with { Snapshots = volume.Snapshots.Replace(old, changed) };

    private void AnnounceSnapshot(string action, VolumeRecord volume, string snapshot, ImmutableSortedDictionary<string, string>? context = null) =>
        Announce(action, volume, $"/snapshots/{Uri.EscapeDataString(snapshot)}", context);

    private static BerthException NoSnapshot(VolumeRecord volume, string name)
    {
        var nearest = Suggestions.Nearest(name, volume.Snapshots.Select(s => s.Name));
        return BerthException.NotFound(
            $"Storage volume snapshot not found: \"{volume.Name}\" has no snapshot \"{name}\"" + (nearest is null ? "" : $"; did you mean \"{nearest}\"?"));
    }
}
