namespace Berth.Bench;

/// <summary>One line of the table: what was measured, what it should be, and the samples of both daemons.</summary>
internal sealed class Figure(string name, string unit, double? target)
{
    private readonly List<double> _own = [];
    private readonly List<double> _peer = [];

    public string Name { get; } = name;

    public string Unit { get; } = unit;

    public double? Target { get; } = target;

    public double? Own => Median(_own);

    public double? Peer => Median(_peer);

    public void Add(Subject subject, double value) => (subject.IsPeer ? _peer : _own).Add(value);

    private static double? Median(List<double> samples)
    {
        if (samples.Count == 0)
        {
            return null;
        }

        samples.Sort();
        var middle = samples.Count / 2;
        return samples.Count % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
    }
}
