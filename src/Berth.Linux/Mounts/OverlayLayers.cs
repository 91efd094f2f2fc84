namespace Berth.Linux.Mounts;

/// <summary>The directories of a container's root.</summary>
/// <param name="Image">The unpacked image, owned by 0 … 65535 on disk; shared by all its containers, never written.</param>
/// <param name="Upper">What this container changed, with shifted ids on disk.</param>
/// <param name="Work">Overlay's scratch directory, on the same file system as <paramref name="Upper"/>.</param>
public sealed record OverlayLayers(string Image, string Upper, string Work);
