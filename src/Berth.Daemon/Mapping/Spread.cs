namespace Berth.Daemon.Mapping;

/// <summary>Work over many small things, a piece for each processor.</summary>
internal static class Spread
{
    /// <summary>Pieces of about the same size, in order; none is empty.</summary>
    public static IEnumerable<(int First, int End)> Over(int count)
    {
        var pieces = Math.Min(count, Environment.ProcessorCount);
        for (var i = 0; i < pieces; i++)
        {
            yield return ((int)((long)count * i / pieces), (int)((long)count * (i + 1) / pieces));
        }
    }
}
