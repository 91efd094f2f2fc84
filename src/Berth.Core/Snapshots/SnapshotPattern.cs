using System.Globalization;
using System.Text.RegularExpressions;

namespace Berth.Core.Snapshots;

/// <summary>
/// Names for snapshots by pattern: <c>%d</c> counts, <c>{{ creation_date|date:"2006-01-02_15-04-05" }}</c> is the time in Go's layout. A
/// name that is taken gets a number at its end.
/// </summary>
public static partial class SnapshotPattern
{
    public const string Default = "snap%d";
    private const string Count = "%d";

    public static string? WhyNot(string value)
    {
        if (value.Length > 1000)
        {
            return "it is longer than 1000 characters";
        }

        var rest = Date().Replace(value, "0");
        if (rest.Contains("{{", StringComparison.Ordinal) || rest.Contains("{%", StringComparison.Ordinal))
        {
            return "of templates only {{ creation_date|date:\"2006-01-02_15-04-05\" }} is supported";
        }

        return rest.Split(Count).Length > 2 ? "%d may stand in it once only" : SnapshotNames.WhyNot(rest.Replace(Count, "0", StringComparison.Ordinal));
    }

    /// <param name="pattern">Empty takes the default.</param>
    /// <param name="taken">Names that there are.</param>
    public static string Next(string pattern, IReadOnlyCollection<string> taken, DateTimeOffset now)
    {
        var name = Date().Replace(pattern.Length > 0 ? pattern : Default, m => GoTime.Format(now, m.Groups["layout"].Value));
        if (!name.Contains(Count, StringComparison.Ordinal))
        {
            if (!taken.Contains(name))
            {
                return name;
            }

            name += "-" + Count;
        }

        return name.Replace(Count, NextIndex(name, taken).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    private static long NextIndex(string pattern, IEnumerable<string> taken)
    {
        var at = pattern.IndexOf(Count, StringComparison.Ordinal);
        var (before, after) = (pattern[..at], pattern[(at + Count.Length)..]);
        return taken
            .Where(name => name.Length > before.Length + after.Length
                && name.StartsWith(before, StringComparison.Ordinal) && name.EndsWith(after, StringComparison.Ordinal))
            .Select(name => long.TryParse(name[before.Length..^after.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : -1)
            .DefaultIfEmpty(-1).Max() + 1;
    }

    [GeneratedRegex("""\{\{\s*creation_date\s*\|\s*date\s*:\s*(?:"(?<layout>[^"]*)"|'(?<layout>[^']*)')\s*\}\}""")]
    private static partial Regex Date();
}
