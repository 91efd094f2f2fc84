using Berth.Core.Instances;
using CsCheck;

namespace Berth.Core.Tests.Instances;

public sealed class IdRangesTests
{
    [Fact]
    public void Ranges_never_overlap_and_leave_the_host_ids_alone() =>
        Gen.Bool.List[1, 200].Sample(steps =>
        {
            var ranges = new IdRanges("");
            var held = new List<uint>();
            foreach (var take in steps)
            {
                if (take || held.Count == 0)
                {
                    var taken = ranges.Take();
                    Assert.DoesNotContain(taken, held);
                    Assert.True(taken >= 0x70000000 && taken % 65536 == 0);
                    held.Add(taken);
                }
                else
                {
                    ranges.Release(held[0]);
                    held.RemoveAt(0);
                }
            }
        });

    [Fact]
    public void Two_daemons_take_from_different_parts() => Assert.True(new IdRanges("abcdef").Take() >= 45_000u * 65536u);

    [Fact]
    public void A_range_that_is_marked_is_not_given()
    {
        var first = new IdRanges("").Take();
        var ranges = new IdRanges("");
        ranges.MarkTaken(first);
        Assert.NotEqual(first, ranges.Take());
    }
}
