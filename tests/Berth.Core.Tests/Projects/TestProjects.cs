using System.Collections.Immutable;
using Berth.Core.Devices;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.Profiles;
using Berth.Core.Projects;
using Berth.Core.Tests.Images;

namespace Berth.Core.Tests.Projects;

/// <summary>Projects, profiles and instances in memory.</summary>
internal sealed class TestProjects
{
    public TestProjects()
    {
        var store = new MemoryStateStore();
        Service = new(store);
        Profiles = new(store, Service, Events, new DeviceValidator((_, _) => { }));
        Registry = new(store);
        Guard = new(Service, Profiles, Registry);
        Profiles.Guard = Guard.Check;
        Manager = new(Service, Profiles, Guard, [new ProfilesInProject(Profiles)], () => ["default", "fast"], Events);
        Service.EnsureDefault();
        Profiles.EnsureDefault();
    }

    public EventHub Events { get; } = new(TimeProvider.System);

    public ProjectService Service { get; }

    public ProfileService Profiles { get; }

    public InstanceRegistry Registry { get; }

    public ProjectGuard Guard { get; }

    public ProjectManager Manager { get; }

    public ProjectRecord Create(string name, params (string Key, string Value)[] config) =>
        Manager.Create(new() { Name = name, Config = Map(config) });

    public void Set(string name, params (string Key, string Value)[] config)
    {
        var project = Service.Get(name);
        Manager.Update(project with { Config = project.Config.SetItems(Map(config)) });
    }

    /// <summary>An instance as a client asks for it, with a root disk of 1 GiB.</summary>
    public static InstanceRecord Instance(string project, string name, InstanceKind kind = InstanceKind.Container, params (string Key, string Value)[] config) => new()
    {
        Project = project,
        Name = name,
        Kind = kind,
        Uuid = Guid.NewGuid(),
        Pool = "default",
        Config = Map(config),
        Profiles = [ProfileRecord.Default],
        Devices = Devices(("root", [("type", "disk"), ("path", "/"), ("pool", "default"), ("size", "1GiB")])),
        Phase = InstancePhase.Ready,
    };

    public static ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Devices(
        params (string Name, (string Key, string Value)[] Config)[] devices) =>
        devices.ToImmutableSortedDictionary(d => d.Name, d => Map(d.Config), StringComparer.Ordinal);

    public static ImmutableSortedDictionary<string, string> Map(params (string Key, string Value)[] config) =>
        config.ToImmutableSortedDictionary(c => c.Key, c => c.Value, StringComparer.Ordinal);
}
