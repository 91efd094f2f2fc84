using System.Collections.Immutable;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.Profiles;

namespace Berth.Core.Projects;

/// <summary>Creates, changes, renames and deletes projects.</summary>
/// <param name="contents">What can live in projects.</param>
/// <param name="pools">Names of the storage pools.</param>
public sealed class ProjectManager(
    ProjectService projects,
    ProfileService profiles,
    ProjectGuard guard,
    IReadOnlyList<IProjectContent> contents,
    Func<IEnumerable<string>> pools,
    EventHub events)
{
    private readonly Lock _changing = new();

    /// <summary>Tells whoever keeps names of projects (the trust store): old name, and the new one or null when it is gone.</summary>
    public Action<string, string?>? Moved { get; set; }

    /// <summary>Called after a project got another configuration.</summary>
    public Action? Changed { get; set; }

    /// <summary>Paths of all that lives in a project, its default profile included.</summary>
    public IReadOnlyList<string> UsedBy(string project) => [.. contents.SelectMany(c => c.UsedBy(project))];

    public ProjectRecord Create(ProjectRecord wanted)
    {
        ProjectKeys.ValidateName(wanted.Name);
        var missing = ProjectFeatures.All
            .Where(f => f.OnByDefault && !wanted.Config.ContainsKey(f.Key))
            .Select(f => KeyValuePair.Create(f.Key, "true"));
        var project = wanted with { Config = wanted.Config.AddRange(missing) };
        ProjectKeys.Validate(project, pools());
        lock (_changing)
        {
            projects.Write(project, expected: 0);
            profiles.EnsureDefault();
        }

        events.Lifecycle("project-created", project.Name, PathOf(project.Name), project.Name);
        return project;
    }

    /// <summary>Changes description and configuration.</summary>
    public void Update(ProjectRecord changed)
    {
        lock (_changing)
        {
            var old = projects.Get(changed.Name);
            CheckFeatures(old, changed);
            ProjectKeys.Validate(changed, pools());
            guard.Check(changed);
            projects.Write(changed);
            profiles.EnsureDefault();
        }

        Changed?.Invoke();
        events.Lifecycle("project-updated", changed.Name, PathOf(changed.Name), changed.Name);
    }

    /// <summary>Renames an empty project.</summary>
    public void Rename(string name, string newName)
    {
        RefuseDefault(name, "renamed");
        ProjectKeys.ValidateName(newName);
        lock (_changing)
        {
            var project = projects.Get(name);
            if (projects.Find(newName) is not null)
            {
                throw BerthException.Conflict($"A project named \"{newName}\" already exists");
            }

            WhileEmpty(name, "renamed", () =>
            {
                var profile = profiles.FindDefault(name);
                projects.Rename(project, newName);
                profiles.MoveDefault(profile, newName);
                Moved?.Invoke(name, newName);
            });
        }

        events.Lifecycle(
            "project-renamed", newName, PathOf(newName), newName, ImmutableSortedDictionary<string, string>.Empty.Add("old_name", name));
    }

    /// <summary>Deletes a project; with <paramref name="force"/> all that it holds first.</summary>
    public async Task DeleteAsync(string name, bool force, CancellationToken cancel)
    {
        RefuseDefault(name, "deleted");
        projects.Get(name);
        if (force)
        {
            foreach (var content in contents)
            {
                await content.RemoveAllAsync(name, cancel);
            }
        }

        lock (_changing)
        {
            projects.Get(name);
            WhileEmpty(name, "removed", () =>
            {
                Moved?.Invoke(name, null);
                projects.Remove(name);
                profiles.EnsureDefault();
            });
        }

        events.Lifecycle("project-deleted", name, PathOf(name), name);
    }

    private static string PathOf(string project) => $"/1.0/projects/{Uri.EscapeDataString(project)}";

    /// <exception cref="BerthException">Forbidden: the default project stays what it is.</exception>
    public static void RefuseDefault(string name, string done)
    {
        if (name == ProjectRecord.Default)
        {
            throw new BerthException(ErrorKind.Forbidden, $"The project \"{name}\" cannot be {done}");
        }
    }

    private void WhileEmpty(string project, string done, Action change)
    {
        var users = Others(project);
        if (users.Count > 0 || !guard.WhileWithoutInstances(project, change))
        {
            throw BerthException.BadRequest(
                $"Only empty projects can be {done}; \"{project}\" has {(users.Count > 0 ? string.Join(", ", users.Take(5)) : "an instance that is being made")}");
        }
    }

    /// <summary>What the project holds beside its default profile.</summary>
    private List<string> Others(string project)
    {
        var own = ApiPath.In(project, $"/1.0/profiles/{ProfileRecord.Default}");
        return [.. UsedBy(project).Where(path => path != own)];
    }

    private void CheckFeatures(ProjectRecord old, ProjectRecord changed)
    {
        foreach (var (_, key, _) in ProjectFeatures.All)
        {
            var (was, becomes) = (ConfigCatalogue.IsTrue(old.Config.GetValueOrDefault(key)), ConfigCatalogue.IsTrue(changed.Config.GetValueOrDefault(key)));
            if (was == becomes)
            {
                continue;
            }

            if (old.Name == ProjectRecord.Default)
            {
                throw BerthException.BadRequest("The features of the default project cannot be changed");
            }

            if (Others(old.Name) is { Count: > 0 } users)
            {
                throw BerthException.BadRequest(
                    $"{key} cannot be {(was ? "disabled" : "enabled")} on a project that is not empty; \"{old.Name}\" has {string.Join(", ", users.Take(5))}");
            }
        }
    }
}
