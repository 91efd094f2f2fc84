namespace Berth.Core.Resources;

/// <summary>The host's NUMA nodes and their CPUs.</summary>
public static class NumaNodes
{
    private const string Root = "/sys/devices/system/node";

    /// <summary>CPUs of each node, by the node's number; empty on a kernel without NUMA.</summary>
    public static IReadOnlyDictionary<int, IReadOnlyList<int>> Present { get; } = Read();

    /// <summary>The CPUs of a list of nodes.</summary>
    /// <exception cref="BerthException">BadRequest: there is no such node.</exception>
    public static IReadOnlyList<int> CpusOf(string nodes)
    {
        var wanted = CpuList.TryParse(nodes) ?? [];
        return wanted.FirstOrDefault(node => !Present.ContainsKey(node), -1) is >= 0 and var missing
            ? throw BerthException.BadRequest($"Invalid limits.cpu.nodes \"{nodes}\": this host has no NUMA node {missing}; it has {string.Join(", ", Present.Keys.Order())}")
            : [.. wanted.SelectMany(node => Present[node]).Order()];
    }

    /// <summary>The CPUs of a set that are on the nodes.</summary>
    /// <exception cref="BerthException">BadRequest: none is.</exception>
    public static string Within(string set, string nodes)
    {
        if (nodes == "balanced")
        {
            return set;
        }

        var both = (CpuList.TryParse(set) ?? []).Intersect(CpusOf(nodes)).ToList();
        return both.Count > 0
            ? string.Join(',', both)
            : throw BerthException.BadRequest($"limits.cpu \"{set}\" and limits.cpu.nodes \"{nodes}\" have no CPU in common");
    }

    private static Dictionary<int, IReadOnlyList<int>> Read()
    {
        if (!Directory.Exists(Root))
        {
            return [];
        }

        return Directory.GetDirectories(Root, "node*")
            .Where(path => int.TryParse(path.AsSpan(Root.Length + 5), out _))
            .ToDictionary(path => int.Parse(path.AsSpan(Root.Length + 5)), path => CpuList.TryParse(File.ReadAllText(path + "/cpulist").Trim()) ?? []);
    }
}
