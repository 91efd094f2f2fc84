using System.Globalization;

namespace Berth.Core.Networks;

/// <summary>Rates as the Incus API writes them: <c>10Mbit</c>, <c>500kbit</c>, <c>1000000</c> (bits per second).</summary>
internal static class BitRate
{
    private static readonly (string Suffix, long Factor)[] Units =
    [
        ("kbit", 1000), ("Mbit", 1_000_000), ("Gbit", 1_000_000_000), ("Tbit", 1_000_000_000_000),
        ("Kibit", 1L << 10), ("Mibit", 1L << 20), ("Gibit", 1L << 30), ("Tibit", 1L << 40), ("bit", 1), ("", 1),
    ];

    /// <summary>Bits per second; null: it is none, or 0.</summary>
    public static long? TryParse(string text)
    {
        var digits = text.TrimEnd([.. "kMGTKibt"]);
        var unit = Units.FirstOrDefault(u => text[digits.Length..] == u.Suffix);
        return unit.Factor > 0 && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0
            && value <= long.MaxValue / unit.Factor
                ? value * unit.Factor
                : null;
    }
}
