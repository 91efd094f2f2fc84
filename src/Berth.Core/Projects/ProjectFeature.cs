using System.Collections.Immutable;

namespace Berth.Core.Projects;

/// <summary>What a project can have for itself (<c>features.*</c>); without it, it uses the default project's.</summary>
public enum ProjectFeature
{
    Images,
    Profiles,
    Volumes,
    Buckets,
    Networks,
    Zones,
}

public static class ProjectFeatures
{
    /// <summary>Every feature with its key, and whether a new project has it.</summary>
    internal static readonly ImmutableArray<(ProjectFeature Feature, string Key, bool OnByDefault)> All =
    [
        (ProjectFeature.Images, "features.images", true),
        (ProjectFeature.Profiles, "features.profiles", true),
        (ProjectFeature.Volumes, "features.storage.volumes", true),
        (ProjectFeature.Buckets, "features.storage.buckets", true),
        (ProjectFeature.Networks, "features.networks", false),
        (ProjectFeature.Zones, "features.networks.zones", false),
    ];

    public static string Key(this ProjectFeature feature) => All[(int)feature].Key;
}
