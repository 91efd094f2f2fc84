using System.Collections.Immutable;

namespace Berth.Core.Images.Metadata;

/// <summary>What an image's metadata.yaml says.</summary>
public sealed record ImageMetadata
{
    /// <summary>The kernel's name, for example <c>x86_64</c>; empty where it says none.</summary>
    public string Architecture { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UnixEpoch;

    public DateTimeOffset ExpiresAt { get; init; } = DateTimeOffset.UnixEpoch;

    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Path in the instance → what is made there.</summary>
    public ImmutableSortedDictionary<string, ImageTemplate> Templates { get; init; } = ImmutableSortedDictionary<string, ImageTemplate>.Empty;
}
