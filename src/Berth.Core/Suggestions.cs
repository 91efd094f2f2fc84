namespace Berth.Core;

/// <summary>"Did you mean …?"</summary>
public static class Suggestions
{
    /// <summary>Longer than any name that somebody means; the distance of two long texts is slow to find.</summary>
    private const int MaxLength = 200;

    /// <summary>The candidates nearest to <paramref name="text"/>, nearest first, however far they are.</summary>
    public static IEnumerable<string> Closest(string text, IEnumerable<string> candidates, int count) =>
        candidates.OrderBy(c => text.Length > MaxLength ? 0 : Distance(text, c)).ThenBy(c => c, StringComparer.Ordinal).Take(count);

    /// <summary>The candidate at the smallest edit distance, if it is near enough to be a slip.</summary>
    public static string? Nearest(string text, IEnumerable<string> candidates)
    {
        if (text.Length > MaxLength)
        {
            return null;
        }

        var most = Math.Max(1, text.Length / 3);
        return candidates
            .Select(c => (Candidate: c, Distance: Distance(text, c)))
            .Where(c => c.Distance <= most)
            .OrderBy(c => c.Distance)
            .ThenBy(c => c.Candidate, StringComparer.Ordinal)
            .Select(c => c.Candidate)
            .FirstOrDefault();
    }

    /// <summary>Levenshtein distance.</summary>
    internal static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitute, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
