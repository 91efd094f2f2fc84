using System.Text.Json.Serialization.Metadata;

namespace Berth.Core.State;

/// <summary>A kind of document: its name in the store and how it is written.</summary>
public sealed record DocumentKind<T>(string Name, JsonTypeInfo<T> Json)
    where T : class;

/// <summary>A stored document with its revision, which grows with every change of the store.</summary>
public sealed record StateDocument<T>(string Project, string Name, T Value, long Revision)
    where T : class;

/// <summary>
/// Berth's state: documents (kind, project, name → JSON, revision). Changes are durable when a call returns. Nothing
/// here assumes to be the only writer: whoever read before writing passes the revision that it read.
/// </summary>
public interface IStateStore
{
    StateDocument<T>? Find<T>(DocumentKind<T> kind, string project, string name)
        where T : class;

    IReadOnlyList<StateDocument<T>> List<T>(DocumentKind<T> kind, string? project = null)
        where T : class;

    /// <summary>Writes a document and returns its revision.</summary>
    /// <param name="expected">Revision that must still be stored: 0 for «must not exist», null for «whatever is there».</param>
    /// <exception cref="BerthException">Conflict when <paramref name="expected"/> does not hold.</exception>
    long Put<T>(DocumentKind<T> kind, string project, string name, T value, long? expected = null)
        where T : class;

    /// <summary>Removes a document; false when it was not there.</summary>
    bool Delete<T>(DocumentKind<T> kind, string project, string name)
        where T : class;

    /// <summary>Moves a document to a new name with a new value, in one step.</summary>
    long Rename<T>(DocumentKind<T> kind, string project, string name, string newName, T value)
        where T : class;
}
