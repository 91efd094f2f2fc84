using System.Collections.Immutable;
using Berth.Core.Images.Sources;
using Berth.Core.Profiles;

namespace Berth.Core.Images.Import;

/// <summary>What the importer says about an image beside its files.</summary>
public sealed record ImageImportOptions
{
    public string Project { get; init; } = Instances.InstanceId.DefaultProject;

    /// <summary>File name that is shown; null for the name of the content file.</summary>
    public string? Filename { get; init; }

    /// <summary>Added to the image's own properties, and stronger than them.</summary>
    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Of images that do not say it themselves; null for the host's.</summary>
    public string? Architecture { get; init; }

    public bool Public { get; init; }

    public bool AutoUpdate { get; init; }

    public bool Cached { get; init; }

    public ImmutableArray<string> Profiles { get; init; } = [ProfileRecord.Default];

    /// <summary>Null for what the image says itself.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What the server that the image comes from says of it: stronger than the image's own metadata. Null for uploads.</summary>
    public RemoteImage? Remote { get; init; }

    /// <summary>Where updates are to be asked for; null for nowhere.</summary>
    public ImageSourceRecord? Source { get; init; }

    public IReadOnlyList<(string Name, string Description)> Aliases { get; init; } = [];

    /// <summary>The fingerprint that the image must have; null for whatever it has.</summary>
    public string? ExpectedFingerprint { get; init; }
}
