using System.Globalization;

namespace Berth.Core.Snapshots;

/// <summary>A cron expression of five fields, as crontab(5): minute, hour, day of month, month, day of week.</summary>
public sealed class CronSchedule
{
    /// <summary>A day that comes at all comes within this (29 February; eight years around a century).</summary>
    private const int MostDays = 9 * 366;

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly bool[] _minutes;
    private readonly bool[] _hours;
    private readonly bool[] _days;
    private readonly bool[] _months;
    private readonly bool[] _weekdays;
    private readonly bool _eitherDay;

    private CronSchedule(bool[] minutes, bool[] hours, bool[] days, bool[] months, bool[] weekdays, bool eitherDay)
    {
        (_minutes, _hours, _days, _months, _weekdays, _eitherDay) = (minutes, hours, days, months, weekdays, eitherDay);
        if (weekdays[7])
        {
            weekdays[0] = true;
        }
    }

    /// <param name="error">What is wrong; null when nothing is.</param>
    public static CronSchedule? TryParse(string text, out string? error)
    {
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        error = "write a cron expression of five fields (minute hour day month weekday), for example 0 3 * * *, or aliases such as @daily";
        if (fields.Length != 5
            || Field(fields[0], 0, 59, []) is not { } minutes
            || Field(fields[1], 0, 23, []) is not { } hours
            || Field(fields[2], 1, 31, []) is not { } days
            || Field(fields[3], 1, 12, Months) is not { } months
            || Field(fields[4], 0, 7, Days) is not { } weekdays)
        {
            return null;
        }

        error = null;
        // With both given, either one is enough.
        return new(minutes, hours, days, months, weekdays, !fields[2].StartsWith('*') && !fields[4].StartsWith('*'));
    }

    /// <summary>The first moment after <paramref name="time"/>; null when there is none (30 February).</summary>
    public DateTimeOffset? Next(DateTimeOffset time, TimeZoneInfo zone)
    {
        var from = TimeZoneInfo.ConvertTime(time, zone).DateTime;
        var day = from.Date;
        for (var i = 0; i < MostDays; i++, day = day.AddDays(1))
        {
            if (IsDay(day) && FirstIn(day, time, zone) is { } next)
            {
                return next;
            }
        }

        return null;
    }

    /// <summary>
    /// The first moment of the day. Where the clock is set back an hour comes twice: what is due every hour is due in both, what is due at
    /// certain hours is due once. An hour that the clock leaves out is not due.
    /// </summary>
    private DateTimeOffset? FirstIn(DateTime day, DateTimeOffset after, TimeZoneInfo zone)
    {
        var first = FirstIn(day, after, zone, repeated: false);
        return _hours.Contains(false) || FirstIn(day, after, zone, repeated: true) is not { } again || first < again ? first : again;
    }

    private DateTimeOffset? FirstIn(DateTime day, DateTimeOffset after, TimeZoneInfo zone, bool repeated)
    {
        for (var minute = 0; minute < 24 * 60; minute++)
        {
            var local = day.AddMinutes(minute);
            if (_hours[local.Hour] && _minutes[local.Minute] && !zone.IsInvalidTime(local)
                && new DateTimeOffset(local, OffsetOf(local, zone, repeated)) is var moment && moment > after)
            {
                return moment;
            }
        }

        return null;
    }

    private static TimeSpan OffsetOf(DateTime local, TimeZoneInfo zone, bool repeated) => !zone.IsAmbiguousTime(local)
        ? zone.GetUtcOffset(local)
        : repeated ? zone.GetAmbiguousTimeOffsets(local).Min() : zone.GetAmbiguousTimeOffsets(local).Max();

    private bool IsDay(DateTime day)
    {
        var (ofMonth, ofWeek) = (_days[day.Day], _weekdays[(int)day.DayOfWeek]);
        return _months[day.Month] && (_eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek);
    }

    /// <summary>Lists of values and ranges, each with a step: <c>1,5-10,*/15</c>.</summary>
    private static bool[]? Field(string text, int least, int most, string[] names)
    {
        var chosen = new bool[most + 1];
        foreach (var part in text.Split(','))
        {
            if (Range(part, least, most, names) is not var (from, to, step))
            {
                return null;
            }

            for (var value = from; value <= to; value += step)
            {
                chosen[value] = true;
            }
        }

        return chosen;
    }

    private static (int From, int To, int Step)? Range(string part, int least, int most, string[] names)
    {
        var (range, step) = (part, 1);
        if (part.Split('/') is [var before, var text])
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out step) || step is 0 or > 1000)
            {
                return null;
            }

            range = before;
        }

        if (range == "*")
        {
            return (least, most, step);
        }

        var ends = range.Split('-');
        return ends.Length <= 2 && Value(ends[0], names) is { } from && from >= least
            && Value(ends[^1], names) is { } to && to <= most && from <= to
            // "5/15" runs from 5 to the end.
            ? (from, ends.Length == 1 && range.Length != part.Length ? most : to, step)
            : null;
    }

    private static int? Value(string text, string[] names)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        var index = Array.IndexOf(names, text.ToLowerInvariant());
        return index < 0 ? null : names.Length == 12 ? index + 1 : index;
    }
}
