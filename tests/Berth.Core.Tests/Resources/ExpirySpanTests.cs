using Berth.Core.Resources;

namespace Berth.Core.Tests.Resources;

public sealed class ExpirySpanTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("1d", "2026-02-01T00:00:00Z")]
    [InlineData("2w 12H", "2026-02-14T12:00:00Z")]
    [InlineData("1m", "2026-02-28T00:00:00Z")]
    [InlineData("30M", "2026-01-31T00:30:00Z")]
    [InlineData("1y", "2027-01-31T00:00:00Z")]
    public void Units_add_up(string text, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, null), ExpirySpan.TryParse(text)!.After(Start));

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("d")]
    [InlineData("1d 2d")]
    [InlineData("-1d")]
    [InlineData("1x")]
    [InlineData("1000d")]
    public void Nonsense_is_refused(string text) => Assert.Null(ExpirySpan.TryParse(text));
}
