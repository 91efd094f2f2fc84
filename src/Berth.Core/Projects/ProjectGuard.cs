using Berth.Core.Instances;
using Berth.Core.Profiles;

namespace Berth.Core.Projects;

/// <summary>
/// Keeps projects within their limits and restrictions. Whoever makes or changes an instance reserves its place first, so that
/// two requests at once cannot both take the last one.
/// </summary>
public sealed class ProjectGuard(ProjectService projects, ProfileService profiles, InstanceRegistry registry)
{
    private readonly Lock _deciding = new();
    private readonly List<InstanceRecord> _reserved = [];

    /// <summary>Custom volumes of a project, which count against <c>limits.disk</c>.</summary>
    public Func<string, IReadOnlyList<ProjectVolume>> Volumes { get; set; } = _ => [];

    /// <summary>Whether the project lets an instance be as <paramref name="wanted"/>, beside those that it has.</summary>
    /// <exception cref="BerthException">Forbidden: names the limit or restriction; NotFound: no such project.</exception>
    public void Check(InstanceRecord wanted)
    {
        var project = projects.Get(wanted.Project);
        ProjectRestrictions.CheckVolatile(project, wanted, registry.All.FirstOrDefault(i => i.Id == wanted.Id)?.Record);
        lock (_deciding)
        {
            Check(project, wanted);
        }
    }

    /// <summary>Checks as <see cref="Check(InstanceRecord)"/>, and holds the place until the result is disposed.</summary>
    public IDisposable Reserve(InstanceRecord wanted)
    {
        lock (_deciding)
        {
            Check(projects.Get(wanted.Project), wanted);
            _reserved.Add(wanted);
        }

        return new Reservation(this, wanted);
    }

    /// <summary>Whether a project lets a profile be so.</summary>
    public void Check(ProfileRecord profile) => CheckProfile(projects.Get(profile.Project), profile);

    /// <summary>Whether a project may get a new configuration, with what it has.</summary>
    public void Check(ProjectRecord changed)
    {
        lock (_deciding)
        {
            var instances = InstancesOf(changed.Name);
            Limits(changed, instances).Check();
            foreach (var (record, expanded) in instances)
            {
                CheckRestrictions(changed, record, expanded);
            }
        }

        foreach (var profile in profiles.List(changed.Name))
        {
            CheckProfile(changed, profile);
        }
    }

    /// <summary>Whether a custom volume may be made or changed.</summary>
    public void Check(string project, ProjectVolume volume)
    {
        var record = projects.Get(project);
        if (!ProjectRestrictions.ListAllows(record, "restricted.storage-pools.access", volume.Pool))
        {
            throw NotAccessible("Storage pool", volume.Pool, project);
        }

        if (ProjectLimits.Any(record))
        {
            var others = Volumes(project).Where(v => v.Pool != volume.Pool || v.Name != volume.Name);
            new ProjectLimits(record, InstancesOf(project), [.. others, volume]).Check();
        }
    }

    /// <summary>Whether a project may use a pool or network at all; others are hidden from it.</summary>
    public bool PoolAllowed(string project, string pool) => ProjectRestrictions.ListAllows(projects.Get(project), "restricted.storage-pools.access", pool);

    public bool NetworkAllowed(string project, string network) => ProjectRestrictions.ListAllows(projects.Get(project), "restricted.networks.access", network);

    /// <summary>Snapshots and backups of instances and volumes.</summary>
    /// <exception cref="BerthException">Forbidden.</exception>
    public void AllowSnapshot(string project) => Allow(project, "restricted.snapshots", "snapshots");

    public void AllowBackup(string project) => Allow(project, "restricted.backups", "backups");

    /// <summary>Whether images may come from a server.</summary>
    public void AllowImageServer(string project, string url)
    {
        var server = Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.Authority : url;
        if (!ProjectRestrictions.ListAllows(projects.Get(project), "restricted.images.servers", server))
        {
            throw NotAccessible("Image server", server, project);
        }
    }

    /// <summary>Whether one more network may be made in a project.</summary>
    public void AllowNetwork(string project, int present)
    {
        if (int.TryParse(projects.Get(project).Config.GetValueOrDefault("limits.networks"), out var limit) && present >= limit)
        {
            throw new BerthException(ErrorKind.Forbidden, $"The project \"{project}\" has reached its limits.networks: {limit} are allowed");
        }
    }

    /// <summary>Limits and use, under the names of <c>/1.0/projects/NAME/state</c>.</summary>
    public IReadOnlyDictionary<string, ProjectUse> Use(string project, int networks) =>
        Limits(projects.Get(project), InstancesOf(project)).Use(networks);

    /// <summary>Runs <paramref name="change"/> while no instance can come into the project; false when there is one already.</summary>
    internal bool WhileWithoutInstances(string project, Action change)
    {
        lock (_deciding)
        {
            if (registry.All.Any(i => i.Id.Project == project) || _reserved.Any(r => r.Project == project))
            {
                return false;
            }

            change();
            return true;
        }
    }

    private static BerthException NotAccessible(string what, string name, string project) =>
        new(ErrorKind.Forbidden, $"{what} \"{name}\" is not accessible from the project \"{project}\"");

    private static void CheckProfile(ProjectRecord project, ProfileRecord profile) =>
        ProjectRestrictions.Check(project, null, $"profile \"{profile.Name}\"", profile.Config, profile.Devices);

    private static void CheckRestrictions(ProjectRecord project, InstanceRecord record, ExpandedConfig expanded) =>
        ProjectRestrictions.Check(project, record.Kind, $"instance \"{record.Name}\"", expanded.Config, expanded.Devices);

    private void Check(ProjectRecord project, InstanceRecord wanted)
    {
        var expanded = profiles.Expand(wanted);
        CheckRestrictions(project, wanted, expanded);
        if (ProjectLimits.Any(project))
        {
            Limits(project, [.. InstancesOf(project.Name).Where(i => i.Record.Id != wanted.Id), (wanted, expanded)]).Check();
        }
    }

    private void Allow(string project, string key, string what)
    {
        var record = projects.Get(project);
        if (record.Restricted && ProjectRestrictions.ValueOf(record, key) == "block")
        {
            throw new BerthException(ErrorKind.Forbidden, $"The project \"{project}\" does not allow {what} ({key})");
        }
    }

    private ProjectLimits Limits(ProjectRecord project, IReadOnlyList<(InstanceRecord Record, ExpandedConfig Expanded)> instances) =>
        new(project, instances, Volumes(project.Name));

    /// <summary>Present instances, as they will be: a reservation stands for what it replaces.</summary>
    private List<(InstanceRecord Record, ExpandedConfig Expanded)> InstancesOf(string project)
    {
        var records = registry.All.Where(i => i.Id.Project == project).ToDictionary(i => i.Id, i => i.Record);
        lock (_deciding)
        {
            foreach (var reserved in _reserved.Where(r => r.Project == project))
            {
                records[reserved.Id] = reserved;
            }
        }

        return [.. records.Values.Select(r => (r, profiles.Expand(r)))];
    }

    private sealed class Reservation(ProjectGuard guard, InstanceRecord record) : IDisposable
    {
        public void Dispose()
        {
            lock (guard._deciding)
            {
                guard._reserved.RemoveAll(r => ReferenceEquals(r, record));
            }
        }
    }
}
