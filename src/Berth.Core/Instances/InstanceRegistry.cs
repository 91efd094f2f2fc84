using System.Collections.Concurrent;
using Berth.Core.State;

namespace Berth.Core.Instances;

/// <summary>All instances of the host, in memory; every change of a record goes through here to the store first.</summary>
public sealed class InstanceRegistry(IStateStore store)
{
    private readonly ConcurrentDictionary<InstanceId, Instance> _instances = new();

    /// <summary>Called after every change of a record.</summary>
    internal Action? Changed { get; set; }

    public IEnumerable<Instance> All => _instances.Values;

    public IEnumerable<Instance> InProject(string project) => List(project);

    /// <summary>The instances of a project, or of all (null), in order.</summary>
    public IEnumerable<Instance> List(string? project) =>
        _instances.Values.Where(i => (project is null || i.Id.Project == project) && i.Record.Phase != InstancePhase.Creating)
            .OrderBy(i => i.Id.Project, StringComparer.Ordinal)
            .ThenBy(i => i.Id.Name, StringComparer.Ordinal);

    /// <exception cref="BerthException">NotFound, with the nearest name.</exception>
    public Instance Get(string project, string name)
    {
        if (_instances.TryGetValue(new(project, name), out var instance) && instance.Record.Phase != InstancePhase.Creating)
        {
            return instance;
        }

        var nearest = Suggestions.Nearest(name, InProject(project).Select(i => i.Id.Name));
        throw BerthException.NotFound($"Instance not found: \"{name}\"" + (nearest is null ? "" : $"; did you mean \"{nearest}\"?"));
    }

    /// <summary>It was not deleted meanwhile.</summary>
    internal bool Has(Instance instance) => _instances.TryGetValue(instance.Id, out var present) && ReferenceEquals(present, instance);

    internal void Load()
    {
        foreach (var document in store.List(Documents.Instances))
        {
            _instances[document.Value.Id] = new(document.Value);
        }
    }

    /// <summary>Writes a new record; the name is taken from here on.</summary>
    internal Instance Add(InstanceRecord record)
    {
        var instance = new Instance(record);
        if (!_instances.TryAdd(record.Id, instance))
        {
            throw BerthException.Conflict($"Instance \"{record.Name}\" already exists");
        }

        try
        {
            store.Put(Documents.Instances, record.Project, record.Name, record, expected: 0);
            Changed?.Invoke();
            return instance;
        }
        catch
        {
            _instances.TryRemove(record.Id, out _);
            throw;
        }
    }

    internal void Write(Instance instance, InstanceRecord record)
    {
        store.Put(Documents.Instances, record.Project, record.Name, record);
        instance.Record = record;
        Changed?.Invoke();
    }

    internal void Rename(Instance instance, InstanceRecord renamed)
    {
        var old = instance.Id;
        if (!_instances.TryAdd(renamed.Id, instance))
        {
            throw BerthException.Conflict($"Instance \"{renamed.Name}\" already exists");
        }

        try
        {
            store.Rename(Documents.Instances, old.Project, old.Name, renamed.Name, renamed);
        }
        catch
        {
            _instances.TryRemove(renamed.Id, out _);
            throw;
        }

        instance.Record = renamed;
        _instances.TryRemove(old, out _);
    }

    internal void Remove(Instance instance)
    {
        store.Delete(Documents.Instances, instance.Id.Project, instance.Id.Name);
        _instances.TryRemove(instance.Id, out _);
    }
}
