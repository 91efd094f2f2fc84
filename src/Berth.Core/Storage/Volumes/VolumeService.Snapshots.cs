using System.Collections.Immutable;
using Berth.Core.Snapshots;

namespace Berth.Core.Storage.Volumes;

/// <summary>Snapshots of volumes.</summary>
public sealed partial class VolumeService
{
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
        var restoring = present with { Phase = VolumePhase.Restoring, NewName = snapshot.Name };
        Put(restoring);
        try
        {
            // Whoever began to use it in between is seen now, and whoever begins later is refused.
            RefuseRunning(present, "restored");
            await FinishRestoreAsync(restoring, cancel);
        }
        catch
        {
            Put(present);
            throw;
        }

        Announce("storage-volume-restored", present, context: ImmutableSortedDictionary<string, string>.Empty.Add("snapshot", name));
    }

    /// <summary>Repeatable.</summary>
    private async Task<VolumeRecord> FinishRestoreAsync(VolumeRecord volume, CancellationToken cancel)
    {
        await PoolOf(volume).RestoreAsync(volume.Key, volume.NewName, volume.Content, cancel);
        // The size is part of what is restored: it is that of the snapshot's filesystem or disk.
        var size = GetSnapshot(volume, volume.NewName).Config.GetValueOrDefault("size");
        var restored = volume with
        {
            Phase = VolumePhase.Ready,
            NewName = "",
            Config = size is null ? volume.Config.Remove("size") : volume.Config.SetItem("size", size),
        };
        await WriteAsync(restored, cancel);
        return restored;
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

    /// <summary>Takes one that a schedule asks for.</summary>
    internal Task TakeScheduledAsync(VolumeRecord volume) =>
        SnapshotAsync(volume, "", "", Expiry(volume.Config, SnapshotKeys.Expiry), CancellationToken.None);

    /// <summary>When a snapshot that somebody takes now goes again, after the volume's configuration.</summary>
    public DateTimeOffset? ManualExpiry(VolumeRecord volume) =>
        Expiry(volume.Config, volume.Config.ContainsKey(SnapshotKeys.ManualExpiry) ? SnapshotKeys.ManualExpiry : SnapshotKeys.Expiry);

    /// <summary>Deletes a snapshot whose time has come, unless somebody did, or let it live on, since.</summary>
    internal async Task DeleteExpiredAsync(VolumeRecord volume, VolumeSnapshotRecord snapshot)
    {
        using var hold = await _holds.TakeAsync(volume.Project, volume.Pool, volume.Name, CancellationToken.None);
        if (Present(volume) is { } present && present.Snapshot(snapshot.Name) is { Phase: VolumePhase.Ready } there
            && there.ExpiresAt == snapshot.ExpiresAt && there.CreatedAt == snapshot.CreatedAt)
        {
            await WriteAsync(RemoveSnapshot(present, snapshot.Name), CancellationToken.None);
            AnnounceSnapshot("storage-volume-snapshot-deleted", present, snapshot.Name);
        }
    }

    private DateTimeOffset? Expiry(ImmutableSortedDictionary<string, string> config, string key) =>
        config.GetValueOrDefault(key) is { Length: > 0 } text ? SnapshotExpiry.From(time.GetUtcNow(), text) : null;

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

    private string NextName(VolumeRecord volume) =>
        SnapshotPattern.Next(volume.Config.GetValueOrDefault(SnapshotKeys.Pattern, ""), [.. volume.Snapshots.Select(s => s.Name)], time.GetLocalNow());

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
