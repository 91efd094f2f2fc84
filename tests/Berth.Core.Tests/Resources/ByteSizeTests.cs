using Berth.Core.Resources;
using CsCheck;

namespace Berth.Core.Tests.Resources;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1024", 1024)]
    [InlineData("1KiB", 1024)]
    [InlineData("10GB", 10_000_000_000)]
    [InlineData("2GiB", 2L << 30)]
    [InlineData("5kB", 5000)]
    [InlineData("7B", 7)]
    public void Sizes_have_binary_and_decimal_units(string text, long bytes) => Assert.Equal(bytes, ByteSize.TryParse(text));

    [Theory]
    [InlineData("")]
    [InlineData("GiB")]
    [InlineData("1.5GiB")]
    [InlineData("-1")]
    [InlineData("1 GiB")]
    [InlineData("8EiBB")]
    [InlineData("9EiB")]
    [InlineData("99999999999999999999")]
    [InlineData("1gib")]
    public void What_is_no_size_or_does_not_fit_is_refused(string text) => Assert.Null(ByteSize.TryParse(text));

    [Fact]
    public void Whole_numbers_of_a_unit_survive() =>
        Gen.Select(Gen.Long[0, 1 << 20], Gen.OneOf(Gen.Const(""), Gen.Const("KiB"), Gen.Const("MiB"), Gen.Const("GiB"), Gen.Const("kB"), Gen.Const("MB")))
            .Sample((value, unit) => ByteSize.TryParse($"{value}{unit}") is { } bytes && (value == 0 ? bytes == 0 : bytes % value == 0));

    [Theory]
    [InlineData(1536, "1.5KiB")]
    [InlineData(1L << 30, "1GiB")]
    public void A_size_is_written_in_the_largest_unit(long bytes, string text) => Assert.Equal(text, ByteSize.Format(bytes));
}
