using System.Collections.Immutable;
using System.Text.Json;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.Storage;

namespace Berth.Core.Snapshots;

/// <summary>
/// Takes, renames and deletes snapshots of instances. The record is written first and completed last, so that
/// <see cref="SnapshotRecovery"/> finishes or undoes whatever a crash interrupts.
/// </summary>
public sealed class SnapshotService(
    SnapshotRegistry registry, PoolService pools, SnapshotMerger merger, Func<InstanceRecord, ImmutableSortedDictionary<string, string>> expand, EventHub events, TimeProvider time)
{
    /// <param name="name">Empty: <c>snapshots.pattern</c> decides.</param>
    /// <param name="expiresAt">Null: <c>snapshots.expiry.manual</c>, else <c>snapshots.expiry</c> decides; the zero time: never.</param>
    /// <exception cref="BerthException">BadRequest, Conflict: the name; Unsupported: stateful.</exception>
    public async Task<SnapshotRecord> CreateAsync(Instance instance, string name, DateTimeOffset? expiresAt, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("snapshot", cancel);
        return await CreateHeldAsync(instance, name.Length > 0 ? name : NextName(instance), expiresAt ?? ManualExpiry(instance), cancel);
    }

    /// <summary>The name that a snapshot gets when nobody gives one.</summary>
    public string NextName(Instance instance) =>
        SnapshotPattern.Next(Key(instance, SnapshotKeys.Pattern), [.. instance.Snapshots.Select(s => s.Name)], time.GetLocalNow());

    /// <summary>When a snapshot that somebody takes now goes again, after the instance's configuration.</summary>
    public DateTimeOffset ManualExpiry(Instance instance) =>
        Key(instance, SnapshotKeys.ManualExpiry) is { Length: > 0 } manual ? SnapshotExpiry.From(time.GetUtcNow(), manual) : ScheduledExpiry(instance);

    /// <summary>A snapshot's path in the API.</summary>
    public static string PathOf(Instance instance, string name) =>
        $"/1.0/instances/{instance.Id.Name}/snapshots/{name}"
        + (instance.Id.Project == InstanceId.DefaultProject ? "" : $"?project={Uri.EscapeDataString(instance.Id.Project)}");

    internal DateTimeOffset ScheduledExpiry(Instance instance) => SnapshotExpiry.From(time.GetUtcNow(), Key(instance, SnapshotKeys.Expiry));

    internal string Key(Instance instance, string key) => expand(instance.Record).GetValueOrDefault(key, "");

    internal async Task<SnapshotRecord> CreateHeldAsync(Instance instance, string name, DateTimeOffset expiresAt, CancellationToken cancel)
    {
        SnapshotNames.Validate(name);
        var pool = pools.Get(instance.Record.Pool);
        var freezes = instance.Running is { Frozen: false } && !pool.SnapshotsAreAtomic(instance.Record.Kind);
        var snapshot = new SnapshotRecord
        {
            Name = name,
            CreatedAt = time.GetUtcNow(),
            ExpiresAt = expiresAt,
            Instance = instance.Record with { Phase = InstancePhase.Ready },
            Phase = SnapshotPhase.Creating,
            Froze = freezes,
        };
        registry.Add(instance, snapshot);
        try
        {
            var size = await LiveSnapshots.TakeAsync(
                instance, pool, name, JsonSerializer.SerializeToUtf8Bytes(snapshot with { Phase = SnapshotPhase.Ready }, SnapshotDocuments.Snapshots.Json), cancel);
            snapshot = snapshot with { Phase = SnapshotPhase.Ready, Froze = false, Size = size ?? -1 };
            registry.Write(instance, snapshot);
        }
        catch
        {
            await pool.DeleteSnapshotAsync(instance.Id.Key, name, instance.Record.Kind, CancellationToken.None);
            registry.Remove(instance, snapshot);
            throw;
        }

        Tell("instance-snapshot-created", instance, name);
        return snapshot;
    }

    /// <summary>Changes what can be changed: when it goes.</summary>
    public async Task UpdateAsync(Instance instance, string name, DateTimeOffset expiresAt, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("snapshot-update", cancel);
        registry.Write(instance, SnapshotRegistry.Get(instance, name) with { ExpiresAt = expiresAt });
        Tell("instance-snapshot-updated", instance, name);
    }

    public async Task RenameAsync(Instance instance, string name, string newName, CancellationToken cancel)
    {
        SnapshotNames.Validate(newName);
        using var hold = await instance.HoldAsync("snapshot-rename", cancel);
        var snapshot = SnapshotRegistry.Get(instance, name);
        if (instance.Snapshots.Any(s => s.Name == newName))
        {
            throw BerthException.Conflict($"Name \"{instance.Id.Name}/{newName}\" already in use");
        }

        registry.Write(instance, snapshot with { Phase = SnapshotPhase.Renaming, NewName = newName });
        try
        {
            await pools.Get(instance.Record.Pool).RenameSnapshotAsync(instance.Id.Key, name, newName, instance.Record.Kind, cancel);
        }
        catch
        {
            registry.Write(instance, snapshot);
            throw;
        }

        registry.Rename(instance, snapshot with { Name = newName }, name);
        Tell("instance-snapshot-renamed", instance, newName, ImmutableSortedDictionary<string, string>.Empty.Add("old_name", name));
    }

    public async Task DeleteAsync(Instance instance, string name, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("snapshot-delete", cancel);
        await DeleteHeldAsync(instance, SnapshotRegistry.Get(instance, name), cancel);
    }

    internal async Task DeleteHeldAsync(Instance instance, SnapshotRecord snapshot, CancellationToken cancel)
    {
        registry.Write(instance, snapshot with { Phase = SnapshotPhase.Deleting });
        await pools.Get(instance.Record.Pool).DeleteSnapshotAsync(instance.Id.Key, snapshot.Name, instance.Record.Kind, cancel);
        registry.Remove(instance, snapshot);
        merger.Kick(instance);
        Tell("instance-snapshot-deleted", instance, snapshot.Name);
    }

    private void Tell(string action, Instance instance, string name, ImmutableSortedDictionary<string, string>? context = null) =>
        events.Lifecycle(action, instance.Id.Project, PathOf(instance, name), name, context);
}
