using System.Collections.Immutable;

namespace Berth.Core.Images.Sources;

/// <summary>An image of another server that is wanted here.</summary>
public sealed record ImageFetch
{
    public required string Project { get; init; }

    /// <summary>Server, and the alias or fingerprint there.</summary>
    public required ImageSourceRecord Source { get; init; }

    /// <summary>Opens a private image; used once.</summary>
    public string Secret { get; init; } = "";

    /// <summary>An image that was loaded from the same source earlier is good enough: updates keep it fresh.</summary>
    public bool PreferCached { get; init; }

    /// <summary>Loaded because an instance needed it: removed when nothing used it for a while.</summary>
    public bool Cached { get; init; }

    public bool AutoUpdate { get; init; }

    public bool Public { get; init; }

    /// <summary>Shown file name; empty for the server's.</summary>
    public string Filename { get; init; } = "";

    /// <summary>Added to the image's own, and stronger.</summary>
    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Null: the default profile.</summary>
    public ImmutableArray<string>? Profiles { get; init; }

    public IReadOnlyList<(string Name, string Description)> Aliases { get; init; } = [];
}
