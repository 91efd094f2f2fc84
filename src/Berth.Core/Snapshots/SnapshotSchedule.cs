using System.Security.Cryptography;
using System.Text;

namespace Berth.Core.Snapshots;

/// <summary>
/// When snapshots are due: one cron expression, or a list of aliases. What <c>@hourly</c> and the others leave open is chosen by the
/// instance's name, so that not all of a host's instances are due at the same moment (as Incus).
/// </summary>
public sealed class SnapshotSchedule
{
    private const string Startup = "@startup";
    private const string Never = "@never";

    private static readonly string[] Aliases = ["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@annually", "@yearly", Startup, Never];

    private readonly IReadOnlyList<CronSchedule> _times;

    private SnapshotSchedule(IReadOnlyList<CronSchedule> times, bool atStartup)
    {
        _times = times;
        AtStartup = atStartup;
    }

    /// <summary>One is due whenever the instance starts.</summary>
    public bool AtStartup { get; }

    public static string? WhyNot(string value) => Entries(value) switch
    {
        [] => null,
        [['@', ..], ..] and var entries => entries.FirstOrDefault(e => !Aliases.Contains(e)) is { } unknown
            ? $"there is no alias \"{unknown}\"; available: {string.Join(", ", Aliases)}"
            : null,
        _ => CronSchedule.TryParse(value.Trim(), out var error) is null ? error : null,
    };

    /// <param name="subject">The instance's name.</param>
    /// <returns>Null where nothing is ever due.</returns>
    public static SnapshotSchedule? Parse(string value, string subject)
    {
        var entries = Entries(value);
        if (entries.Count == 0 || WhyNot(value) is not null)
        {
            return null;
        }

        var times = entries[0].StartsWith('@')
            ? entries.Select(alias => Expression(alias, subject)).OfType<string>().Select(e => CronSchedule.TryParse(e, out _)).OfType<CronSchedule>().ToList()
            : [CronSchedule.TryParse(value.Trim(), out _)!];
        var startup = entries.Contains(Startup);
        return times.Count > 0 || startup ? new(times, startup) : null;
    }

    /// <summary>The first moment after <paramref name="time"/>, in its time zone; null for none.</summary>
    public DateTimeOffset? Next(DateTimeOffset time, TimeZoneInfo zone) => _times.Select(t => t.Next(time, zone)).Min();

    private static List<string> Entries(string value) =>
        value.TrimStart().StartsWith('@') || value.Trim().Length == 0
            ? [.. value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(e => e.ToLowerInvariant())]
            : [value];

    private static string? Expression(string alias, string subject)
    {
        var seed = SHA256.HashData(Encoding.UTF8.GetBytes(subject));
        var (minute, hour) = (seed[0] % 60, seed[1] % 24);
        return alias switch
        {
            "@hourly" => $"{minute} * * * *",
            "@daily" or "@midnight" => $"{minute} {hour} * * *",
            "@weekly" => $"{minute} {hour} * * 0",
            "@monthly" => $"{minute} {hour} 1 * *",
            "@annually" or "@yearly" => $"{minute} {hour} 1 1 *",
            _ => null,
        };
    }
}
