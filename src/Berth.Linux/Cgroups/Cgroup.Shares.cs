using System.Globalization;

namespace Berth.Linux.Cgroups;

public sealed partial class Cgroup
{
    private const string HugePages = "hugetlb";

    /// <summary>Most bytes in huge pages of a size that the kernel names so (<c>2MB</c>); null: no ceiling.</summary>
    /// <remarks>On v2 the controller is switched on in the groups above when the first ceiling is asked for, and not before: the host is shared.</remarks>
    /// <returns>False: this host does not limit pages of that size; nothing was changed.</returns>
    public bool SetHugePagesMax(string size, long? bytes)
    {
        if (Host.Find(HugePages) is not { } hierarchy)
        {
            return false;
        }

        if (hierarchy.IsV2 && bytes is not null)
        {
            EnableAbove(hierarchy, HugePages);
        }

        var file = $"{DirectoryIn(hierarchy)}/hugetlb.{size}.{(hierarchy.IsV2 ? "max" : "limit_in_bytes")}";
        if (!File.Exists(file))
        {
            return false;
        }

        Fd.WriteText(file, Limit(bytes, hierarchy.IsV2 ? "max" : "-1"));
        return true;
    }

    /// <summary>Share of disk time under contention, 10 … 1000, 100 is the kernel's default; where the disk's scheduler is BFQ, or on v2 with io.cost.</summary>
    /// <returns>False: this kernel weighs no disk requests; nothing was changed.</returns>
    public bool SetDiskWeight(int weight)
    {
        if ((Host.Find("blkio") ?? Host.Find("io")) is not { } hierarchy)
        {
            return false;
        }

        string[] known = hierarchy.IsV2 ? ["io.weight", "io.bfq.weight"] : ["blkio.bfq.weight", "blkio.weight"];
        var present = known.Select(name => $"{DirectoryIn(hierarchy)}/{name}").Where(File.Exists).ToList();
        foreach (var file in present)
        {
            Fd.WriteText(file, weight.ToString(CultureInfo.InvariantCulture));
        }

        return present.Count > 0;
    }

    /// <summary>How readily its memory is swapped out, 0 … 100; the kernel's default is 60.</summary>
    /// <returns>False: v2 has nothing like it; nothing was changed.</returns>
    public bool SetSwappiness(int swappiness)
    {
        var (directory, v2) = Need("memory");
        var file = $"{directory}/memory.swappiness";
        if (v2 || !File.Exists(file))
        {
            return false;
        }

        Fd.WriteText(file, swappiness.ToString(CultureInfo.InvariantCulture));
        return true;
    }

    /// <summary>On v1, which cannot slow down: the memory to which it is reclaimed when the host runs short. Null: none.</summary>
    public void SetSoftMemory(long? bytes)
    {
        if (!SetMemoryHigh(bytes))
        {
            Fd.WriteText($"{Need("memory").Directory}/memory.soft_limit_in_bytes", Limit(bytes, "-1"));
        }
    }

    /// <summary>Whether the kernel accounts for swap.</summary>
    public bool AccountsSwap
    {
        get
        {
            var (directory, v2) = Need("memory");
            return File.Exists($"{directory}/{(v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes")}");
        }
    }
}
