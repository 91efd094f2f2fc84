using Berth.Core.Snapshots;
using CsCheck;

namespace Berth.Core.Tests.Snapshots;

public sealed class NamesAndExpiryTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 8, 15, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData("", new string[0], "snap0")]
    [InlineData("", new[] { "snap0", "snap7", "other" }, "snap8")]
    [InlineData("auto-%d-x", new[] { "auto-3-x", "auto-9" }, "auto-4-x")]
    [InlineData("fixed", new[] { "a" }, "fixed")]
    [InlineData("fixed", new[] { "fixed" }, "fixed-0")]
    [InlineData("fixed", new[] { "fixed", "fixed-0" }, "fixed-1")]
    [InlineData("{{ creation_date|date:\"2006-01-02_15-04-05\" }}", new string[0], "2026-11-08_15-04-05")]
    [InlineData("{{creation_date | date : '20060102'}}-%d", new string[0], "20261108-0")]
    [InlineData("{{ creation_date|date:'Jan-_2-06-3PM' }}", new string[0], "Nov-8-26-3PM")]
    public void Names_follow_the_pattern(string pattern, string[] taken, string name)
    {
        Assert.Null(pattern.Length == 0 ? null : SnapshotPattern.WhyNot(pattern));
        Assert.Equal(name, SnapshotPattern.Next(pattern, taken, s_now));
    }

    [Theory]
    [InlineData("%d%d")]
    [InlineData("{{ hostname }}")]
    [InlineData("{% if x %}")]
    [InlineData("a b")]
    [InlineData("a/b")]
    public void Other_patterns_are_refused(string pattern) => Assert.NotNull(SnapshotPattern.WhyNot(pattern));

    [Fact]
    public void The_next_name_is_never_taken() =>
        Gen.Int[0, 20].Array[0, 10].Sample(numbers =>
        {
            string[] taken = [.. numbers.Select(n => $"snap{n}")];
            return !taken.Contains(SnapshotPattern.Next("snap%d", taken, s_now));
        });

    [Theory]
    [InlineData("", true)]
    [InlineData("a/b", true)]
    [InlineData("-a", true)]
    [InlineData("a ", true)]
    [InlineData("..", true)]
    [InlineData("a?", true)]
    [InlineData("ä", true)]
    [InlineData("before-upgrade_2.0:x", false)]
    public void Names_are_checked(string name, bool wrong) => Assert.Equal(wrong, SnapshotNames.WhyNot(name) is not null);

    [Theory]
    [InlineData("1M", "2026-11-08T15:05:05")]
    [InlineData("2H 3d", "2026-11-11T17:04:05")]
    [InlineData("1w", "2026-11-15T15:04:05")]
    [InlineData("1m", "2026-12-08T15:04:05")]
    [InlineData("1y", "2027-11-08T15:04:05")]
    public void Expiry_is_so_much_later(string value, string end)
    {
        Assert.Null(SnapshotExpiry.WhyNot(value));
        Assert.Equal(DateTimeOffset.Parse(end + "Z", System.Globalization.CultureInfo.InvariantCulture), SnapshotExpiry.From(s_now, value));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1x")]
    [InlineData("d")]
    [InlineData("1d 2d")]
    [InlineData("-1d")]
    [InlineData("999999y")]
    [InlineData("99999999999d")]
    public void What_is_no_expiry_is_refused(string value) => Assert.NotNull(SnapshotExpiry.WhyNot(value));

    [Fact]
    public void Nothing_never_expires() => Assert.Equal(default, SnapshotExpiry.From(s_now, ""));
}
