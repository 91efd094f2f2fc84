using System.Globalization;
using System.Text.RegularExpressions;

namespace Berth.Core.Resources;

/// <summary>A time to live as the Incus API writes it: <c>1d</c>, <c>2w 12H</c> (M minutes, H hours, d days, w weeks, m months, y years).</summary>
public sealed partial class ExpirySpan
{
    /// <summary>For messages.</summary>
    public const string Form = "give numbers with units, for example 1d or 2w 12H (M minutes, H hours, d days, w weeks, m months, y years)";

    private readonly List<(int Count, char Unit)> _parts = [];

    private ExpirySpan()
    {
    }

    /// <summary>Null: it is no such text.</summary>
    public static ExpirySpan? TryParse(string text)
    {
        var span = new ExpirySpan();
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Part().Match(word) is not { Success: true } match)
            {
                return null;
            }

            span._parts.Add((int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), match.Groups[2].Value[0]));
        }

        return span._parts.Count > 0 && span._parts.Select(p => p.Unit).Distinct().Count() == span._parts.Count ? span : null;
    }

    /// <exception cref="BerthException">BadRequest that names <paramref name="key"/>.</exception>
    public static ExpirySpan Parse(string key, string text) =>
        TryParse(text) ?? throw BerthException.BadRequest($"Invalid value \"{text}\" for {key}: {Form}");

    /// <summary>The moment that lies so much after <paramref name="start"/>; months and years are those of the calendar.</summary>
    public DateTimeOffset After(DateTimeOffset start)
    {
        foreach (var (count, unit) in _parts)
        {
            start = unit switch
            {
                'M' => start.AddMinutes(count),
                'H' => start.AddHours(count),
                'd' => start.AddDays(count),
                'w' => start.AddDays(7.0 * count),
                'm' => start.AddMonths(count),
                _ => start.AddYears(count),
            };
        }

        return start;
    }

    [GeneratedRegex("^([0-9]{1,3})([MHdwmy])$")]
    private static partial Regex Part();
}
