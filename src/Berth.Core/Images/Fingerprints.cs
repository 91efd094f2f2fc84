namespace Berth.Core.Images;

/// <summary>Fingerprints: SHA-256 in hex.</summary>
public static class Fingerprints
{
    public const int Length = 64;

    /// <summary>A whole one, in either case.</summary>
    public static bool IsWhole(string? text) => text is { Length: Length } && text.All(char.IsAsciiHexDigit);

    /// <summary>What may be the start of one.</summary>
    public static bool IsPrefix(string text) => text.Length is > 0 and <= Length && text.All(char.IsAsciiHexDigit);
}
