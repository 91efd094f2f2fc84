using System.Text;
using System.Text.Json;
using Berth.Core.State;

namespace Berth.Core.Tests.Images;

/// <summary>A state store without a disk. Documents pass through JSON, so that what is not stored is missed.</summary>
internal sealed class MemoryStateStore : IStateStore
{
    private readonly SortedDictionary<(string Kind, string Project, string Name), (byte[] Json, long Revision)> _documents =
        new(Comparer<(string, string, string)>.Create((a, b) => string.CompareOrdinal($"{a.Item1}\0{a.Item2}\0{a.Item3}", $"{b.Item1}\0{b.Item2}\0{b.Item3}")));

    private long _revision;

    public StateDocument<T>? Find<T>(DocumentKind<T> kind, string project, string name)
        where T : class =>
        _documents.TryGetValue((kind.Name, project, name), out var found) ? Read(kind, project, name, found) : null;

    public IReadOnlyList<StateDocument<T>> List<T>(DocumentKind<T> kind, string? project = null)
        where T : class =>
        [.. _documents.Where(d => d.Key.Kind == kind.Name && (project is null || d.Key.Project == project))
            .Select(d => Read(kind, d.Key.Project, d.Key.Name, d.Value))];

    public long Put<T>(DocumentKind<T> kind, string project, string name, T value, long? expected = null)
        where T : class
    {
        var stored = _documents.TryGetValue((kind.Name, project, name), out var found) ? found.Revision : 0;
        if (expected is { } revision && revision != stored)
        {
            throw BerthException.Conflict($"{kind.Name} {name} was changed meanwhile");
        }

        _documents[(kind.Name, project, name)] = (JsonSerializer.SerializeToUtf8Bytes(value, kind.Json), ++_revision);
        return _revision;
    }

    public bool Delete<T>(DocumentKind<T> kind, string project, string name)
        where T : class => _documents.Remove((kind.Name, project, name));

    public long Rename<T>(DocumentKind<T> kind, string project, string name, string newName, T value)
        where T : class
    {
        Delete(kind, project, name);
        return Put(kind, project, newName, value, 0);
    }

    private static StateDocument<T> Read<T>(DocumentKind<T> kind, string project, string name, (byte[] Json, long Revision) found)
        where T : class =>
        new(project, name, JsonSerializer.Deserialize(found.Json, kind.Json)!, found.Revision);

    public override string ToString() => string.Join('\n', _documents.Select(d => $"{d.Key}: {Encoding.UTF8.GetString(d.Value.Json)}"));
}
