using System.Collections.Immutable;
using Berth.Core.Instances;
using Berth.Core.State;

namespace Berth.Core.Projects;

/// <summary>The projects that there are, and the one place that says in which project something lives.</summary>
public sealed class ProjectService(IStateStore store)
{
    private const string Host = "";

    /// <summary>The default project is always there, with every feature.</summary>
    public void EnsureDefault()
    {
        if (store.Find(Documents.Projects, Host, ProjectRecord.Default) is null)
        {
            var config = ProjectFeatures.All.ToImmutableSortedDictionary(f => f.Key, _ => "true", StringComparer.Ordinal);
            store.Put(
                Documents.Projects,
                Host,
                ProjectRecord.Default,
                new ProjectRecord { Name = ProjectRecord.Default, Description = "Default Berth project", Config = config },
                expected: 0);
        }
    }

    public IReadOnlyList<ProjectRecord> List() => [.. store.List(Documents.Projects).Select(d => d.Value)];

    /// <summary>What a project says for a key that the server has too; null where the server's value counts.</summary>
    public string? Setting(string project, string key) => Find(project)?.Config.GetValueOrDefault(key) is { Length: > 0 } value ? value : null;

    public ProjectRecord? Find(string name) => store.Find(Documents.Projects, Host, name)?.Value;

    /// <exception cref="BerthException">NotFound, with the nearest name.</exception>
    public ProjectRecord Get(string name)
    {
        if (Find(name) is { } project)
        {
            return project;
        }

        var nearest = Suggestions.Nearest(name, List().Select(p => p.Name));
        throw BerthException.NotFound($"Project not found: \"{name}\"" + (nearest is null ? "" : $"; did you mean \"{nearest}\"?"));
    }

    /// <summary>The project whose images, profiles, … a project uses: its own where it has the feature, else the default one.</summary>
    /// <exception cref="BerthException">NotFound.</exception>
    public string Effective(ProjectFeature feature, string project) =>
        project == ProjectRecord.Default || ConfigCatalogue.IsTrue(Get(project).Config.GetValueOrDefault(feature.Key()))
            ? project
            : ProjectRecord.Default;

    /// <summary>The projects that use the feature's objects of <paramref name="project"/>: itself and, for the default one, those without their own.</summary>
    public IEnumerable<string> UsersOf(ProjectFeature feature, string project) =>
        List().Select(p => p.Name).Where(name => Effective(feature, name) == project);

    internal void Write(ProjectRecord project, long? expected = null) => store.Put(Documents.Projects, Host, project.Name, project, expected);

    internal void Rename(ProjectRecord project, string newName) =>
        store.Rename(Documents.Projects, Host, project.Name, newName, project with { Name = newName });

    internal void Remove(string name) => store.Delete(Documents.Projects, Host, name);
}
