using System.Collections.Immutable;
using Berth.Core.Profiles;

namespace Berth.Core.Images.Publishing;

/// <summary>An image that is to be made of an instance.</summary>
public sealed record PublishRequest
{
    public required string Project { get; init; }

    /// <summary>The project of the instance, which may use the images of another one.</summary>
    public required string InstanceProject { get; init; }

    /// <summary>Name of the instance, or instance/snapshot.</summary>
    public required string Source { get; init; }

    /// <summary><see cref="Source"/> names a snapshot.</summary>
    public bool FromSnapshot { get; init; }

    /// <summary><c>unified</c>, <c>split</c>, or empty: unified for containers, split for machines.</summary>
    public string Format { get; init; } = "";

    /// <summary>Program and level, such as <c>zstd -9</c>; empty for the server's default.</summary>
    public string Compression { get; init; } = "";

    /// <summary>Empty: those of the image that the instance was made from.</summary>
    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public string Filename { get; init; } = "";

    public bool Public { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public ImmutableArray<string> Profiles { get; init; } = [ProfileRecord.Default];

    public IReadOnlyList<(string Name, string Description)> Aliases { get; init; } = [];
}
