using System.Collections.Immutable;

namespace Berth.Core.Instances;

/// <summary>What a client asks for when it creates an instance.</summary>
public sealed record InstanceRequest
{
    public required string Project { get; init; }

    /// <summary>Empty: Berth chooses one.</summary>
    public string Name { get; init; } = "";

    public InstanceKind Kind { get; init; }

    public string Description { get; init; } = "";

    public string Architecture { get; init; } = "";

    public ImmutableSortedDictionary<string, string> Config { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Devices { get; init; } =
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty;

    /// <summary>Null: the default profile.</summary>
    public ImmutableArray<string>? Profiles { get; init; }

    public bool Ephemeral { get; init; }

    /// <summary>Fingerprint (whole) of the image; null makes an empty instance.</summary>
    public string? Image { get; init; }
}
