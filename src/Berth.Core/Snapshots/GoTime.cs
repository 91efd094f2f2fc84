using System.Globalization;
using System.Text.RegularExpressions;

namespace Berth.Core.Snapshots;

/// <summary>Go's time layouts, which show how the reference time would be written (pkg.go.dev/time, Layout).</summary>
internal static partial class GoTime
{
    private static readonly CultureInfo English = CultureInfo.InvariantCulture;

    public static string Format(DateTimeOffset time, string layout) => Element().Replace(layout, match => match.Value switch
    {
        "2006" => time.ToString("yyyy", English),
        "06" => time.ToString("yy", English),
        "January" => time.ToString("MMMM", English),
        "Jan" => time.ToString("MMM", English),
        "01" => time.ToString("MM", English),
        "1" => time.Month.ToString(English),
        "Monday" => time.ToString("dddd", English),
        "Mon" => time.ToString("ddd", English),
        "002" => time.DayOfYear.ToString("000", English),
        "02" => time.ToString("dd", English),
        "2" or "_2" => time.Day.ToString(English),
        "15" => time.ToString("HH", English),
        "03" => time.ToString("hh", English),
        "3" => ((time.Hour + 11) % 12 + 1).ToString(English),
        "04" => time.ToString("mm", English),
        "4" => time.Minute.ToString(English),
        "05" => time.ToString("ss", English),
        "5" => time.Second.ToString(English),
        "PM" => time.Hour < 12 ? "AM" : "PM",
        "pm" => time.Hour < 12 ? "am" : "pm",
        "-0700" => time.ToString("zzz", English).Replace(":", "", StringComparison.Ordinal),
        "-07:00" => time.ToString("zzz", English),
        "MST" => time.Offset == TimeSpan.Zero ? "UTC" : time.ToString("zzz", English).Replace(":", "", StringComparison.Ordinal),
        var other => other,
    });

    [GeneratedRegex("2006|January|Jan|Monday|Mon|MST|-07:00|-0700|002|01|02|03|04|05|06|15|_2|PM|pm|[1-5]")]
    private static partial Regex Element();
}
