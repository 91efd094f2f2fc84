namespace Berth.Core.Images;

/// <summary>What the API calls an image's or an alias' type.</summary>
public static class ImageType
{
    /// <summary>The image carries a tree. It starts machines too when the tree has a kernel.</summary>
    public const string Container = "container";

    /// <summary>The image carries a disk and starts machines only.</summary>
    public const string VirtualMachine = "virtual-machine";
}
