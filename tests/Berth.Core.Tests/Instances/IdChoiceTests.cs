using Berth.Core.Instances;
using CsCheck;

namespace Berth.Core.Tests.Instances;

public sealed class IdChoiceTests
{
    /// <summary>Ranges that users ask for lie anywhere; no two ever share an id.</summary>
    [Fact]
    public void No_two_ranges_overlap() => Gen.UInt[65_536, 3_000_000].Array[0, 20].Sample(wanted =>
    {
        var ranges = new IdRanges("");
        var taken = new List<long>();
        foreach (var start in wanted)
        {
            try
            {
                taken.Add(ranges.Take(1_879_048_192u + start));
            }
            catch (BerthException e)
            {
                Assert.Equal(ErrorKind.Conflict, e.Kind);
            }

            taken.Add(ranges.Take());
        }

        taken.Sort();
        Assert.All(taken.Zip(taken.Skip(1)), pair => Assert.True(pair.Second - pair.First >= ContainerRoot.IdCount));
    });

    [Fact]
    public void Automatic_restarts_end_after_ten_in_a_minute_and_begin_anew_later()
    {
        var clock = new Clock();
        var restarts = new AutoRestarts(clock);
        var instance = new Instance(new() { Project = "default", Name = "c1", Kind = InstanceKind.Container, Uuid = Guid.NewGuid(), Pool = "default" });
        for (var i = 0; i < 10; i++)
        {
            Assert.True(restarts.TryNote(instance));
        }

        Assert.False(restarts.TryNote(instance));
        clock.Now += TimeSpan.FromSeconds(61);
        Assert.True(restarts.TryNote(instance));
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
