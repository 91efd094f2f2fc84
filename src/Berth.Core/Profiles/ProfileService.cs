using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Berth.Core.Devices;
using Berth.Core.Devices.Disks;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.Projects;
using Berth.Core.Resources;
using Berth.Core.State;

namespace Berth.Core.Profiles;

/// <summary>
/// Profiles: stored, checked, and applied in order. The profile <c>default</c> is always there, in every project that has
/// profiles of its own.
/// </summary>
public sealed class ProfileService(IStateStore store, ProjectService projects, EventHub events, DeviceValidator devices)
{
    /// <summary>What was expanded last, for as long as the record is in use: listings ask for each instance at each time.</summary>
    private readonly ConditionalWeakTable<InstanceRecord, Expansion> _expanded = [];

    /// <summary>Tells whoever must follow a changed profile (its instances), with the old one; a refusal keeps the old one.</summary>
    public Func<ProfileRecord, CancellationToken, Task>? Changed { get; set; }

    /// <summary>Refuses what the profile's project does not allow.</summary>
    public Action<ProfileRecord>? Guard { get; set; }

    /// <summary>Gives every project with profiles of its own a default profile, and takes those away that belong to no such project.</summary>
    public void EnsureDefault()
    {
        foreach (var project in projects.List().Select(p => p.Name).Where(HasOwn).Where(p => FindDefault(p) is null))
        {
            var description = project == ProjectRecord.Default ? "Default Berth profile" : $"Default Berth profile for project {project}";
            store.Put(
                Documents.Profiles,
                project,
                ProfileRecord.Default,
                new ProfileRecord { Project = project, Name = ProfileRecord.Default, Description = description });
        }

        foreach (var orphan in store.List(Documents.Profiles).Where(d => projects.Find(d.Project) is null || !HasOwn(d.Project)))
        {
            store.Delete(Documents.Profiles, orphan.Project, orphan.Name);
        }
    }

    internal ProfileRecord? FindDefault(string project) => store.Find(Documents.Profiles, project, ProfileRecord.Default)?.Value;

    /// <summary>Lets a renamed project keep its default profile.</summary>
    internal void MoveDefault(ProfileRecord? profile, string project)
    {
        if (profile is not null)
        {
            store.Put(Documents.Profiles, project, profile.Name, profile with { Project = project });
        }

        EnsureDefault();
    }

    private bool HasOwn(string project) => projects.Effective(ProjectFeature.Profiles, project) == project;

    /// <summary>The profiles of a project, or of all.</summary>
    public IReadOnlyList<ProfileRecord> List(string? project = null) => [.. store.List(Documents.Profiles, project).Select(d => d.Value)];

    /// <exception cref="BerthException">NotFound with the profiles that there are.</exception>
    public ProfileRecord Get(string project, string name) =>
        store.Find(Documents.Profiles, project, name)?.Value ?? throw Missing(project, name);

    public void Create(ProfileRecord profile)
    {
        ValidateName(profile.Name);
        Validate(profile);
        store.Put(Documents.Profiles, profile.Project, profile.Name, profile, expected: 0);
        Announce("profile-created", profile);
    }

    public async Task UpdateAsync(ProfileRecord profile, CancellationToken cancel)
    {
        var old = Get(profile.Project, profile.Name);
        Validate(profile);
        store.Put(Documents.Profiles, profile.Project, profile.Name, profile);
        try
        {
            if (Changed is { } changed)
            {
                await changed(old, cancel);
            }
        }
        catch
        {
            store.Put(Documents.Profiles, old.Project, old.Name, old);
            throw;
        }

        Announce("profile-updated", profile);
    }

    public void Rename(string project, string name, string newName, IReadOnlyCollection<string> users)
    {
        RefuseDefault(name, "renamed");
        RefuseUsed(name, users);
        ValidateName(newName);
        var profile = Get(project, name) with { Name = newName };
        store.Rename(Documents.Profiles, project, name, newName, profile);
        Announce("profile-renamed", profile);
    }

    public void Delete(string project, string name, IReadOnlyCollection<string> users)
    {
        RefuseDefault(name, "deleted");
        RefuseUsed(name, users);
        var profile = Get(project, name);
        store.Delete(Documents.Profiles, project, name);
        Announce("profile-deleted", profile);
    }

    /// <summary>The configuration that an instance really has: its profiles in order, then its own.</summary>
    /// <param name="instead">Taken in place of the stored profile of its name.</param>
    /// <exception cref="BerthException">NotFound: a profile.</exception>
    public ExpandedConfig Expand(InstanceRecord instance, ProfileRecord? instead = null)
    {
        if (instead is not null)
        {
            var project = ProjectOf(instance);
            return Expand(instance, [.. instance.Profiles.Select(name => name == instead.Name ? instead : Get(project, name))]);
        }

        var expansion = ExpansionOf(instance);
        return Array.IndexOf(expansion.Profiles, null) is >= 0 and var missing
            ? throw Missing(ProjectOf(instance), instance.Profiles[missing])
            : expansion.Config;
    }

    /// <summary>The same of a record that may name profiles that are gone since: they say nothing any more.</summary>
    public ExpandedConfig ExpandPresent(InstanceRecord instance) => ExpansionOf(instance).Config;

    /// <summary>Records are immutable: the same ones give the same.</summary>
    private Expansion ExpansionOf(InstanceRecord instance)
    {
        var project = ProjectOf(instance);
        if (_expanded.TryGetValue(instance, out var known) && IsPresent(instance, project, known))
        {
            return known;
        }

        var applied = instance.Profiles.Select(name => store.Find(Documents.Profiles, project, name)?.Value).ToArray();
        var expansion = new Expansion(applied, Expand(instance, [.. applied.OfType<ProfileRecord>()]));
        _expanded.AddOrUpdate(instance, expansion);
        return expansion;
    }

    private bool IsPresent(InstanceRecord instance, string project, Expansion known)
    {
        for (var i = 0; i < known.Profiles.Length; i++)
        {
            if (!ReferenceEquals(store.Find(Documents.Profiles, project, instance.Profiles[i])?.Value, known.Profiles[i]))
            {
                return false;
            }
        }

        return true;
    }

    private string ProjectOf(InstanceRecord instance) => projects.Effective(ProjectFeature.Profiles, instance.Project);

    private static ExpandedConfig Expand(InstanceRecord instance, IReadOnlyList<ProfileRecord> applied)
    {
        var config = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var all = ImmutableSortedDictionary.CreateBuilder<string, ImmutableSortedDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var profile in applied)
        {
            foreach (var (key, value) in profile.Config)
            {
                config[key] = value;
            }

            foreach (var (device, settings) in profile.Devices)
            {
                all[device] = settings;
            }
        }

        foreach (var (key, value) in instance.Config)
        {
            config[key] = value;
        }

        foreach (var (device, settings) in instance.Devices)
        {
            all[device] = settings;
        }

        return new(config.ToImmutable(), all.ToImmutable());
    }

    private static void RefuseDefault(string name, string done)
    {
        if (name == ProfileRecord.Default)
        {
            throw BerthException.Conflict($"The profile \"{name}\" cannot be {done}");
        }
    }

    private static void RefuseUsed(string name, IReadOnlyCollection<string> users)
    {
        if (users.Count > 0)
        {
            throw BerthException.Conflict($"The profile \"{name}\" is used by {string.Join(", ", users.Take(5))}; take it off them first");
        }
    }

    private static void ValidateName(string name)
    {
        if (name.Length is 0 or > 64 || name is "." or ".." || name.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c is '/' or '?' or '&' or '+' or '"'))
        {
            throw BerthException.BadRequest($"Invalid profile name \"{name}\": 1 to 64 characters without spaces, slashes, ?, & and +");
        }
    }

    private void Validate(ProfileRecord profile)
    {
        foreach (var (key, value) in profile.Config)
        {
            if (key.StartsWith("volatile.", StringComparison.Ordinal) || key.StartsWith("image.", StringComparison.Ordinal))
            {
                throw BerthException.BadRequest($"The key {key} belongs to an instance, not to a profile");
            }

            ConfigCatalogue.Validate(key, value, kind: null);
        }

        devices.ValidateAll(profile.Devices);
        Guard?.Invoke(profile);
        LimitsParser.Parse(profile.Config, null, machine: false, HostCapacity.Present);
    }

    public static string PathOf(ProfileRecord profile) => ApiPath.In(profile.Project, $"/1.0/profiles/{profile.Name}");

    private BerthException Missing(string project, string name) =>
        BerthException.NotFound($"There is no profile \"{name}\"; available: {string.Join(", ", List(project).Select(p => p.Name))}");

    /// <param name="Profiles">Those that were applied, one for each name of the instance; null: there is none of that name.</param>
    private sealed record Expansion(ProfileRecord?[] Profiles, ExpandedConfig Config);

    private void Announce(string action, ProfileRecord profile) =>
        events.Lifecycle(action, profile.Project, PathOf(profile), profile.Name);
}

/// <summary>Configuration and devices after profiles.</summary>
public sealed record ExpandedConfig(
    ImmutableSortedDictionary<string, string> Config,
    ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Devices)
{
    /// <summary>The root disk: the disk device at path "/". Null when there is none.</summary>
    public KeyValuePair<string, ImmutableSortedDictionary<string, string>>? Root
    {
        get
        {
            foreach (var device in Devices)
            {
                if (DiskKeys.IsRoot(device.Value))
                {
                    return device;
                }
            }

            return null;
        }
    }

    public IEnumerable<KeyValuePair<string, ImmutableSortedDictionary<string, string>>> Nics =>
        Devices.Where(d => d.Value.GetValueOrDefault("type") == "nic");
}
