namespace Berth.Core.Images;

/// <summary>One file of an image, kept byte for byte as it was imported.</summary>
public sealed record ImageFile
{
    /// <summary>Name inside the image's directory: <c>metadata</c> or <c>rootfs</c>.</summary>
    public required string Name { get; init; }

    public required ImageContentKind Kind { get; init; }

    /// <summary><c>none</c>, <c>gzip</c>, <c>bzip2</c>, <c>xz</c>, <c>lzma</c>, <c>zstd</c>, <c>lz4</c> or <c>lzip</c>, told by the file's first bytes.</summary>
    public required string Compression { get; init; }

    /// <summary>Bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Lower-case hex.</summary>
    public required string Sha256 { get; init; }
}
