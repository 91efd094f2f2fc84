namespace Berth.Core.Images;

/// <summary>A name for an image, as it is stored.</summary>
public sealed record ImageAliasRecord
{
    public required string Name { get; init; }

    public string Description { get; init; } = "";

    /// <summary>Fingerprint of the image.</summary>
    public required string Target { get; init; }

    /// <summary><see cref="ImageType.Container"/> or <see cref="ImageType.VirtualMachine"/>.</summary>
    public required string Type { get; init; }
}
