namespace Berth.Core.Images;

/// <summary>Which names a person may have meant.</summary>
internal static class NameDistance
{
    /// <summary>The names nearest to <paramref name="wanted"/>, nearest first.</summary>
    public static IEnumerable<string> Closest(string wanted, IEnumerable<string> names, int count) =>
        names.OrderBy(name => Between(wanted, name)).ThenBy(name => name, StringComparer.Ordinal).Take(count);

    /// <summary>Edits from one name to the other (Levenshtein).</summary>
    private static int Between(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = a[i - 1] == b[j - 1] ? diagonal : 1 + Math.Min(diagonal, Math.Min(above, row[j - 1]));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
