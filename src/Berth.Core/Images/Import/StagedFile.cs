namespace Berth.Core.Images.Import;

/// <summary>A file that was received, not yet part of an image.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Filename">The name that it came with.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Lower-case hex.</param>
internal sealed record StagedFile(string Path, string Filename, long Size, string Sha256);
