using System.Globalization;

namespace Berth.Containers;

/// <summary>
/// Chooses the CPUs of containers that want a number of them: those that the fewest containers have. A container keeps its
/// CPUs while it runs.
/// </summary>
internal sealed class CpuPlacement(int cpus)
{
    private readonly Lock _lock = new();
    private readonly int[] _load = new int[cpus];

    /// <summary>A set of <paramref name="count"/> CPUs in kernel list form.</summary>
    public string Take(int count)
    {
        lock (_lock)
        {
            var chosen = Enumerable.Range(0, _load.Length).OrderBy(c => _load[c]).ThenBy(c => c).Take(count).Order().ToList();
            chosen.ForEach(c => _load[c]++);
            return string.Join(',', chosen.Select(c => c.ToString(CultureInfo.InvariantCulture)));
        }
    }

    public void Release(string set)
    {
        lock (_lock)
        {
            foreach (var cpu in set.Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                _load[int.Parse(cpu, CultureInfo.InvariantCulture)]--;
            }
        }
    }
}
