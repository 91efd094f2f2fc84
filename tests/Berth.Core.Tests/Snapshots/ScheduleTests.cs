using Berth.Core.Snapshots;
using CsCheck;

namespace Berth.Core.Tests.Snapshots;

public sealed class ScheduleTests
{
    private static readonly TimeZoneInfo s_utc = TimeZoneInfo.Utc;

    [Theory]
    [InlineData("0 * * * *", "2026-11-28T02:03:04", "2026-11-28T03:00:00")]
    [InlineData("*/15 3 * * *", "2026-11-28T03:15:00", "2026-11-28T03:30:00")]
    [InlineData("5/20 * * * *", "2026-11-28T03:26:00", "2026-11-28T03:45:00")]
    [InlineData("30 3 1 jan *", "2026-11-28T00:00:00", "2027-01-01T03:30:00")]
    [InlineData("0 0 * * mon-wed", "2026-11-28T00:00:00", "2026-11-30T00:00:00")]
    [InlineData("0 0 * * 7", "2026-11-28T00:00:00", "2026-11-29T00:00:00")]
    [InlineData("0 0 13 * 5", "2026-11-28T00:00:00", "2026-12-04T00:00:00")]
    [InlineData("0 0 29 2 *", "2026-11-28T00:00:00", "2028-02-29T00:00:00")]
    [InlineData("59 23 31 12 *", "2026-12-31T23:59:00", "2027-12-31T23:59:00")]
    public void Cron_expressions_are_due_as_crontab_says(string expression, string after, string next) =>
        Assert.Equal(At(next), CronSchedule.TryParse(expression, out _)!.Next(At(after), s_utc));

    [Fact]
    public void A_day_that_never_comes_is_never_due() => Assert.Null(CronSchedule.TryParse("0 0 30 2 *", out _)!.Next(At("2026-01-01T00:00:00"), s_utc));

    [Fact]
    public void An_hour_that_the_clock_skips_is_not_due()
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var next = CronSchedule.TryParse("30 2 * * *", out _)!.Next(At("2026-03-28T12:00:00"), berlin);
        Assert.Equal(At("2026-03-30T00:30:00"), next!.Value.ToUniversalTime());
    }

    [Fact]
    public void An_hour_that_comes_twice_is_due_once_at_a_certain_hour_and_twice_every_hour()
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var daily = CronSchedule.TryParse("30 2 * * *", out _)!;
        var first = daily.Next(At("2026-10-24T12:00:00"), berlin)!.Value;
        Assert.Equal(At("2026-10-25T00:30:00"), first.ToUniversalTime());
        Assert.Equal(At("2026-10-26T01:30:00"), daily.Next(first, berlin)!.Value.ToUniversalTime());

        var hourly = CronSchedule.TryParse("30 * * * *", out _)!;
        var time = At("2026-10-24T22:00:00");
        for (var hour = 0; hour < 6; hour++)
        {
            time = hourly.Next(time, berlin)!.Value.ToUniversalTime();
            Assert.Equal(At("2026-10-24T22:30:00").AddHours(hour), time);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("*/0 * * * *")]
    [InlineData("5-1 * * * *")]
    [InlineData("a * * * *")]
    [InlineData("1,,2 * * * *")]
    public void What_is_no_expression_is_told(string expression)
    {
        Assert.Null(CronSchedule.TryParse(expression, out var error));
        Assert.NotNull(error);
    }

    [Fact]
    public void Whatever_is_next_matches_and_is_later()
    {
        Gen.Select(Gen.Int[0, 59], Gen.Int[0, 23], Gen.DateTime[new(2020, 1, 1), new(2040, 1, 1)]).Sample((minute, hour, time) =>
        {
            var now = new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Unspecified), TimeSpan.Zero);
            var next = CronSchedule.TryParse($"{minute} {hour} * * *", out _)!.Next(now, s_utc)!.Value;
            return next > now && next - now <= TimeSpan.FromDays(1) && next.Minute == minute && next.Hour == hour;
        });
        Gen.String.Sample(text => { _ = CronSchedule.TryParse(text, out _); _ = SnapshotSchedule.WhyNot(text); });
    }

    [Theory]
    [InlineData("@daily", null)]
    [InlineData("@hourly, @startup", null)]
    [InlineData("", null)]
    [InlineData("@never", null)]
    [InlineData("0 3 * * *", null)]
    [InlineData("@sometimes", "@sometimes")]
    [InlineData("0 3 * *", "five fields")]
    public void Schedules_are_checked(string value, string? wrong)
    {
        var reason = SnapshotSchedule.WhyNot(value);
        Assert.True(wrong is null ? reason is null : reason!.Contains(wrong, StringComparison.Ordinal), reason);
    }

    [Fact]
    public void Aliases_spread_instances_and_stay_the_same()
    {
        var now = At("2026-11-28T00:00:00");
        var times = Enumerable.Range(0, 50).Select(i => SnapshotSchedule.Parse("@hourly", $"c{i}")!.Next(now, s_utc)).ToList();
        Assert.True(times.Distinct().Count() > 10);
        Assert.Equal(times[0], SnapshotSchedule.Parse("@hourly", "c0")!.Next(now, s_utc));
        Assert.True(SnapshotSchedule.Parse("@startup", "c0")!.AtStartup);
        Assert.Null(SnapshotSchedule.Parse("@never", "c0"));
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text + "Z", System.Globalization.CultureInfo.InvariantCulture);
}
