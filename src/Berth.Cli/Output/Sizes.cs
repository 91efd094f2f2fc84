using System.Globalization;

namespace Berth.Cli.Output;

/// <summary>Numbers as people read them.</summary>
internal static class Sizes
{
    private static readonly string[] s_units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Bytes in binary units with two decimals, such as <c>1.50GiB</c>; whole bytes below 1 KiB.</summary>
    public static string Bytes(long bytes)
    {
        if (bytes is < 1024 and > -1024)
        {
            return bytes.ToString(CultureInfo.InvariantCulture) + "B";
        }

        double value = bytes;
        var unit = 0;
        while (Math.Abs(value) >= 1024 && unit < s_units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return value.ToString("0.00", CultureInfo.InvariantCulture) + s_units[unit];
    }

    /// <summary>A time of the API; the zero time is the empty text.</summary>
    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.Year <= 1970 ? "" : time.ToLocalTime().ToString("yyyy/MM/dd HH:mm zzz", CultureInfo.InvariantCulture).Replace("+00:00", "UTC", StringComparison.Ordinal);
}
