using System.Globalization;

namespace Berth.Core.Resources;

/// <summary>Sizes as the Incus API writes them: <c>512MiB</c>, <c>10GB</c>, <c>1024</c> (bytes).</summary>
public static class ByteSize
{
    private static readonly (string Suffix, long Factor)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("PiB", 1L << 50), ("EiB", 1L << 60),
        ("kB", 1000), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("PB", 1_000_000_000_000_000), ("EB", 1_000_000_000_000_000_000), ("B", 1), ("", 1),
    ];

    /// <summary>Bytes of <paramref name="text"/>; null when it is no size or does not fit.</summary>
    public static long? TryParse(string text)
    {
        var digits = text.AsSpan().TrimEnd("KMGTPEkiB");
        if (digits.IsEmpty || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return null;
        }

        var suffix = text[digits.Length..];
        foreach (var (unit, factor) in Units)
        {
            if (unit == suffix)
            {
                return value <= long.MaxValue / factor ? value * factor : null;
            }
        }

        return null;
    }

    /// <exception cref="BerthException">BadRequest that names <paramref name="key"/>.</exception>
    public static long Parse(string key, string text) =>
        TryParse(text) ?? throw BerthException.BadRequest($"Invalid size \"{text}\" for {key}: write a number with a unit, for example 512MiB or 10GiB");

    /// <summary>Largest whole binary unit, for messages: 1536 → "1.5KiB".</summary>
    public static string Format(long bytes)
    {
        ReadOnlySpan<string> units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        double value = bytes;
        var unit = 0;
        for (; value >= 1024 && unit < units.Length - 1; unit++)
        {
            value /= 1024;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.##}{units[unit]}");
    }
}
