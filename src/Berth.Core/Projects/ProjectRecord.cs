using System.Collections.Immutable;

namespace Berth.Core.Projects;

/// <summary>A project as it is stored: a space of names with features, limits and restrictions of its own.</summary>
public sealed record ProjectRecord
{
    public const string Default = Instances.InstanceId.DefaultProject;

    public required string Name { get; init; }

    public string Description { get; init; } = "";

    public ImmutableSortedDictionary<string, string> Config { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Security-sensitive configuration is blocked unless a <c>restricted.*</c> key allows it.</summary>
    public bool Restricted => Instances.ConfigCatalogue.IsTrue(Config.GetValueOrDefault("restricted"));
}
