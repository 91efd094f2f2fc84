namespace Berth.Core.Images;

/// <summary>A file of an image, open for reading. It stays readable when the image is deleted meanwhile.</summary>
/// <param name="File">Which file.</param>
/// <param name="DownloadName">The name that Incus gives it: FINGERPRINT.tar.xz, FINGERPRINT.squashfs, …</param>
/// <param name="Stream">The caller disposes it.</param>
public sealed record ImageFileStream(ImageFile File, string DownloadName, FileStream Stream);
