using System.Globalization;

namespace Berth.Core.Resources;

/// <summary>The kernel's list form of CPU sets: <c>0-3,7</c>.</summary>
public static class CpuList
{
    /// <summary>CPU numbers in order, or null when <paramref name="text"/> is no list.</summary>
    public static IReadOnlyList<int>? TryParse(string text)
    {
        var cpus = new SortedSet<int>();
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !TryNumber(ends[0], out var first) || !TryNumber(ends[^1], out var last) || last < first || last > 8191)
            {
                return null;
            }

            for (var cpu = first; cpu <= last; cpu++)
            {
                cpus.Add(cpu);
            }
        }

        return [.. cpus];
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
