using System.Collections.Immutable;

namespace Berth.Core.Images;

/// <summary>What may be changed of an image; null leaves a field as it is.</summary>
public sealed record ImageUpdate
{
    public ImmutableSortedDictionary<string, string>? Properties { get; init; }

    public bool? Public { get; init; }

    public bool? AutoUpdate { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public ImmutableArray<string>? Profiles { get; init; }
}
