using System.Collections.Immutable;
using Berth.Core.Instances;
using Berth.Core.Profiles;

namespace Berth.Core.Storage.Volumes;

/// <summary>Something that has a volume as a disk device.</summary>
/// <param name="Instance">Null: a profile.</param>
/// <param name="Profile">Null: an instance.</param>
public sealed record VolumeUser(Instance? Instance, ProfileRecord? Profile, string Device)
{
    /// <summary>As <c>used_by</c> has it.</summary>
    public string Path => (Instance, Profile) switch
    {
        ({ } instance, _) => $"/1.0/instances/{instance.Id.Name}{Project(instance.Id.Project)}",
        (_, { } profile) => $"/1.0/profiles/{profile.Name}{Project(profile.Project)}",
        _ => "",
    };

    public bool Runs => Instance?.Running is not null;

    private static string Project(string project) => project == InstanceId.DefaultProject ? "" : $"?project={Uri.EscapeDataString(project)}";
}

/// <summary>Who uses which volume, from what instances and profiles say: no count that could be wrong after a crash.</summary>
public sealed class VolumeUsers(InstanceRegistry instances, ProfileService profiles, Func<string, string> volumeProject)
{
    /// <summary>All users of all volumes; by project, pool and name of the volume.</summary>
    public ILookup<(string Project, string Pool, string Name), VolumeUser> Read() =>
        Uses().ToLookup(use => use.Volume, use => use.User);

    public IReadOnlyList<VolumeUser> Of(VolumeRecord volume) => [.. Read()[(volume.Project, volume.Pool, volume.Name)]];

    /// <summary>Devices with another volume in the place of <paramref name="volume"/>.</summary>
    internal static ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Point(
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> devices, VolumeRecord volume, string pool, string name) =>
        devices.ToImmutableSortedDictionary(
            d => d.Key,
            d => Source(d.Value) == (volume.Pool, volume.Name) ? d.Value.SetItem("pool", pool).SetItem("source", name) : d.Value,
            StringComparer.Ordinal);

    private IEnumerable<((string, string, string) Volume, VolumeUser User)> Uses()
    {
        foreach (var instance in instances.All)
        {
            var project = volumeProject(instance.Id.Project);
            foreach (var (device, config) in profiles.Expand(instance.Record).Devices)
            {
                if (Source(config) is var (pool, name))
                {
                    yield return ((project, pool, name), new(instance, null, device));
                }
            }
        }

        foreach (var profile in instances.All.Select(i => i.Id.Project).Append(InstanceId.DefaultProject).Distinct().SelectMany(profiles.List))
        {
            foreach (var (device, config) in profile.Devices)
            {
                if (Source(config) is var (pool, name))
                {
                    yield return ((volumeProject(profile.Project), pool, name), new(null, profile, device));
                }
            }
        }
    }

    /// <summary>The custom volume of a disk device; null for others.</summary>
    private static (string Pool, string Name)? Source(ImmutableSortedDictionary<string, string> config) =>
        config.GetValueOrDefault("type") == "disk" && config.GetValueOrDefault("path") != "/"
        && config.GetValueOrDefault("pool") is { Length: > 0 } pool && config.GetValueOrDefault("source") is { Length: > 0 } source
            ? (pool, source)
            : null;
}
