using Berth.Core.Instances;
using Berth.Core.State;

namespace Berth.Core.Snapshots;

/// <summary>
/// The snapshots of all instances: stored as documents, and in memory with their instance, so that a listing reads nothing.
/// </summary>
public sealed class SnapshotRegistry(IStateStore store)
{
    /// <summary>Called after every change.</summary>
    internal Action? Changed { get; set; }

    /// <exception cref="BerthException">NotFound, with the nearest name.</exception>
    public static SnapshotRecord Get(Instance instance, string name)
    {
        if (Find(instance, name) is { } snapshot)
        {
            return snapshot;
        }

        var nearest = Suggestions.Nearest(name, List(instance).Select(s => s.Name));
        throw BerthException.NotFound(
            $"Instance snapshot not found: \"{instance.Id.Name}/{name}\"" + (nearest is null ? "" : $"; did you mean \"{nearest}\"?"));
    }

    public static SnapshotRecord? Find(Instance instance, string name) => List(instance).FirstOrDefault(s => s.Name == name);

    /// <summary>Those that are whole, oldest first.</summary>
    public static IEnumerable<SnapshotRecord> List(Instance instance) =>
        instance.Snapshots.Where(s => s.Phase is not (SnapshotPhase.Creating or SnapshotPhase.Deleting));

    /// <summary>Gives each instance its snapshots; those of instances that are no more are forgotten.</summary>
    internal void Load(IEnumerable<Instance> instances)
    {
        var all = store.List(SnapshotDocuments.Snapshots).ToLookup(d => d.Name[..d.Name.IndexOf('/', StringComparison.Ordinal)]);
        var known = instances.ToDictionary(i => i.Record.Uuid.ToString("N"), StringComparer.Ordinal);
        foreach (var documents in all)
        {
            if (known.TryGetValue(documents.Key, out var instance))
            {
                instance.Snapshots = [.. documents.Select(d => d.Value).OrderBy(s => s.CreatedAt)];
            }
            else
            {
                documents.ToList().ForEach(d => store.Delete(SnapshotDocuments.Snapshots, "", d.Name));
            }
        }
    }

    /// <summary>Writes a new snapshot; the name is taken from here on.</summary>
    internal void Add(Instance instance, SnapshotRecord snapshot)
    {
        if (instance.Snapshots.Any(s => s.Name == snapshot.Name || s.NewName == snapshot.Name))
        {
            throw BerthException.Conflict($"Snapshot \"{snapshot.Name}\" already exists");
        }

        store.Put(SnapshotDocuments.Snapshots, "", snapshot.Key, snapshot, expected: 0);
        instance.Snapshots = [.. instance.Snapshots.Append(snapshot).OrderBy(s => s.CreatedAt)];
        Changed?.Invoke();
    }

    internal void Write(Instance instance, SnapshotRecord snapshot)
    {
        store.Put(SnapshotDocuments.Snapshots, "", snapshot.Key, snapshot);
        Replace(instance, snapshot.Name, snapshot);
    }

    internal void Rename(Instance instance, SnapshotRecord renamed, string oldName)
    {
        store.Rename(SnapshotDocuments.Snapshots, "", SnapshotRecord.KeyOf(renamed.Instance.Uuid, oldName), renamed.Key, renamed);
        Replace(instance, oldName, renamed);
    }

    internal void Remove(Instance instance, SnapshotRecord snapshot)
    {
        store.Delete(SnapshotDocuments.Snapshots, "", snapshot.Key);
        instance.Snapshots = instance.Snapshots.RemoveAll(s => s.Name == snapshot.Name);
        Changed?.Invoke();
    }

    /// <summary>Forgets all snapshots of an instance that is going.</summary>
    internal void RemoveAll(Instance instance)
    {
        foreach (var snapshot in instance.Snapshots)
        {
            Remove(instance, snapshot);
        }
    }

    private void Replace(Instance instance, string name, SnapshotRecord snapshot)
    {
        instance.Snapshots = [.. instance.Snapshots.Select(s => s.Name == name ? snapshot : s)];
        Changed?.Invoke();
    }
}
