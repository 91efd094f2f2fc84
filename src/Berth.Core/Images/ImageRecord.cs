using System.Collections.Immutable;

namespace Berth.Core.Images;

/// <summary>An image as it is stored. Times are UTC; <see cref="DateTimeOffset.UnixEpoch"/> says «never», as the API has it.</summary>
public sealed record ImageRecord
{
    /// <summary>64 hex digits: SHA-256 of the only file, or of the metadata file followed by the content file.</summary>
    public required string Fingerprint { get; init; }

    /// <summary><see cref="ImageType.Container"/> or <see cref="ImageType.VirtualMachine"/>.</summary>
    public required string Type { get; init; }

    /// <summary>Bytes of all files.</summary>
    public required long Size { get; init; }

    /// <summary>The kernel's name, for example <c>x86_64</c>.</summary>
    public required string Architecture { get; init; }

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UnixEpoch;

    public DateTimeOffset ExpiresAt { get; init; } = DateTimeOffset.UnixEpoch;

    public DateTimeOffset UploadedAt { get; init; } = DateTimeOffset.UnixEpoch;

    public DateTimeOffset LastUsedAt { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>File name that the image came with.</summary>
    public string Filename { get; init; } = "";

    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public bool Public { get; init; }

    public bool AutoUpdate { get; init; }

    public bool Cached { get; init; }

    /// <summary>Profiles for instances whose creator names none.</summary>
    public ImmutableArray<string> Profiles { get; init; } = [];

    /// <summary>Where it was downloaded from by a name, so that updates can be found; null for other images.</summary>
    public ImageSourceRecord? Source { get; init; }

    /// <summary>One file (unified, or content alone), or metadata and content.</summary>
    public required ImmutableArray<ImageFile> Files { get; init; }

    /// <summary>The file that holds the tree or the disk.</summary>
    public ImageFile Content => Files[^1];

    /// <summary>The image carries a disk, not a tree.</summary>
    public bool HasDisk => Content.Kind is ImageContentKind.Qcow2 or ImageContentKind.Raw or ImageContentKind.UnifiedDisk;

    /// <summary>First 12 digits of the fingerprint, as lists show it.</summary>
    public string ShortFingerprint => Fingerprint[..12];
}
