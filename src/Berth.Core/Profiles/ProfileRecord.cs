using System.Collections.Immutable;

namespace Berth.Core.Profiles;

/// <summary>A profile as it is stored: configuration and devices that instances share.</summary>
public sealed record ProfileRecord
{
    public const string Default = "default";

    public required string Project { get; init; }

    public required string Name { get; init; }

    public string Description { get; init; } = "";

    public ImmutableSortedDictionary<string, string> Config { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Devices { get; init; } =
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty;
}
