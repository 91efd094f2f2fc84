namespace Berth.Core.Images.Disks;

/// <summary>What was made for machines from an image, as it is stored beside it; names are relative to the image's directory.</summary>
internal sealed record MachineImageRecord
{
    public string? Kernel { get; init; }

    public string? Initrd { get; init; }

    public required string CommandLine { get; init; }

    /// <summary>Bytes.</summary>
    public required long VirtualSize { get; init; }
}
