namespace Berth.Core.Images.Building;

/// <summary>A file that Berth adds to an image it builds.</summary>
/// <param name="Path">Relative to the root.</param>
/// <param name="Text">Content; for a link, where it points.</param>
/// <param name="IsLink">A symbolic link.</param>
internal sealed record GuestFile(string Path, string Text, bool IsLink = false);
