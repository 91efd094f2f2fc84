using System.Globalization;
using System.Text.RegularExpressions;

namespace Berth.Core.Snapshots;

/// <summary>How long a snapshot lives: <c>30S 1M 2H 3d 4w 5m 6y</c>, seconds to years, each unit once at most (as Incus).</summary>
public static partial class SnapshotExpiry
{
    private const int Most = 1_000_000;

    public static string? WhyNot(string value) =>
        TryAdd(DateTimeOffset.UnixEpoch, value) is null ? "write for example 2d, or 1w 12H (S seconds, M minutes, H hours, d days, w weeks, m months, y years)" : null;

    /// <summary>The moment so much later; the zero time, which is never, for an empty text.</summary>
    public static DateTimeOffset From(DateTimeOffset start, string value) => value.Length == 0 ? default : TryAdd(start, value) ?? default;

    private static DateTimeOffset? TryAdd(DateTimeOffset start, string value)
    {
        var units = new HashSet<char>();
        var end = start;
        foreach (var part in value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Part().IsMatch(part) || !units.Add(part[^1]) || !int.TryParse(part.AsSpan(..^1), CultureInfo.InvariantCulture, out var count) || count > Most)
            {
                return null;
            }

            try
            {
                end = Add(end, count, part[^1]);
            }
            catch (ArgumentOutOfRangeException)
            {
                return null;
            }
        }

        return units.Count > 0 ? end : null;
    }

    private static DateTimeOffset Add(DateTimeOffset time, int count, char unit) => unit switch
    {
        'S' => time.AddSeconds(count),
        'M' => time.AddMinutes(count),
        'H' => time.AddHours(count),
        'd' => time.AddDays(count),
        'w' => time.AddDays(7.0 * count),
        'm' => time.AddMonths(count),
        _ => time.AddYears(count),
    };

    [GeneratedRegex("^[0-9]{1,9}[SMHdwmy]$")]
    private static partial Regex Part();
}
