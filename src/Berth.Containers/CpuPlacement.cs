using System.Globalization;
using Berth.Core.Resources;

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
    /// <param name="count">Null: as many as the nodes have.</param>
    /// <param name="nodes">NUMA nodes to choose from: a list, or <c>balanced</c> for the least busy one; null: all.</param>
    public string Take(int? count, string? nodes = null)
    {
        lock (_lock)
        {
            var allowed = Allowed(nodes);
            var chosen = allowed.OrderBy(c => _load[c]).ThenBy(c => c).Take(count ?? allowed.Count).Order().ToList();
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

    private List<int> Allowed(string? nodes)
    {
        var all = Enumerable.Range(0, _load.Length);
        return nodes switch
        {
            null => [.. all],
            "balanced" when NumaNodes.Present.Count == 0 => [.. all],
            "balanced" => [.. NumaNodes.Present.Values.Where(node => node.Count > 0).MinBy(node => node.Average(c => _load[c]))!],
            _ => [.. NumaNodes.CpusOf(nodes)],
        };
    }
}
