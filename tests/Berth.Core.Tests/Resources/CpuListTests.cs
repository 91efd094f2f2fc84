using Berth.Core.Resources;
using CsCheck;

namespace Berth.Core.Tests.Resources;

public sealed class CpuListTests
{
    [Fact]
    public void Ranges_and_numbers_are_joined() => Assert.Equal([0, 1, 2, 5], CpuList.TryParse("0-2,5,1")!);

    [Theory]
    [InlineData("")]
    [InlineData("1-")]
    [InlineData("3-1")]
    [InlineData("1-2-3")]
    [InlineData("0-99999999")]
    [InlineData("a")]
    public void What_is_no_list_is_refused(string text) => Assert.Null(CpuList.TryParse(text));

    [Fact]
    public void A_list_of_numbers_gives_those_numbers() =>
        Gen.Int[0, 500].Array[1, 20].Sample(cpus => CpuList.TryParse(string.Join(',', cpus))!.SequenceEqual(cpus.Distinct().Order()));
}
