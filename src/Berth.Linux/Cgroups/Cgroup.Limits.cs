namespace Berth.Linux.Cgroups;

public sealed partial class Cgroup
{
    private const long DefaultPeriod = 100_000;

    /// <summary>Ceiling of CPU time: <paramref name="quota"/> µs in each <paramref name="period"/> µs; null: no ceiling.</summary>
    public void SetCpuMax(long? quota, long period = DefaultPeriod)
    {
        var (directory, v2) = Need("cpu");
        if (v2)
        {
            Fd.WriteText($"{directory}/cpu.max", $"{quota?.ToString() ?? "max"} {period}");
            return;
        }

        // Without a quota any period is accepted; with one, the pair must fit the parent's at every moment.
        Fd.WriteText($"{directory}/cpu.cfs_quota_us", "-1");
        Fd.WriteText($"{directory}/cpu.cfs_period_us", $"{period}");
        if (quota is not null)
        {
            Fd.WriteText($"{directory}/cpu.cfs_quota_us", $"{quota}");
        }
    }

    /// <summary>Share of CPU time under contention, 1 … 10000, 100 is the default.</summary>
    public void SetCpuWeight(int weight)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, 10_000);
        var (directory, v2) = Need("cpu");

        // The kernel's own conversion (sched_weight_from_cgroup): 100 is 1024 shares.
        Fd.WriteText(v2 ? $"{directory}/cpu.weight" : $"{directory}/cpu.shares",
            v2 ? $"{weight}" : $"{Math.Max(2, ((weight * 1024L) + 50) / 100)}");
    }

    /// <summary>The CPUs it may run on, for example "0-3,6"; null: all of its parent's.</summary>
    public void SetCpuSet(string? cpus)
    {
        var (directory, v2) = Need("cpuset");
        if (v2)
        {
            // A group with processes that has a set of its own cannot give it up again (ENOSPC): it gets its parent's.
            if (cpus is not null || Fd.ReadText($"{directory}/cpuset.cpus").Length > 0)
            {
                Fd.WriteText($"{directory}/cpuset.cpus", cpus ?? Fd.ReadText($"{System.IO.Path.GetDirectoryName(directory)}/cpuset.cpus.effective"));
            }

            return;
        }

        SetLegacyCpuSet(directory, cpus ?? Fd.ReadText($"{System.IO.Path.GetDirectoryName(directory)}/cpuset.cpus"));
    }

    /// <summary>Hard ceiling of memory in bytes; null: none. On v1 the ceiling of swap moves along.</summary>
    /// <exception cref="LinuxException">EBUSY on v1: more is in use and cannot be reclaimed.</exception>
    public void SetMemoryMax(long? bytes)
    {
        var (directory, v2) = Need("memory");
        if (v2)
        {
            Fd.WriteText($"{directory}/memory.max", Limit(bytes, "max"));
            return;
        }

        var old = CgroupFile.ReadNumber($"{directory}/memory.limit_in_bytes");
        var oldSum = CgroupFile.ReadNumber($"{directory}/memory.memsw.limit_in_bytes", optional: true);
        SetLegacyMemory(directory, bytes, bytes + (oldSum - old));
    }

    /// <summary>Ceiling of swap in bytes; null: none.</summary>
    /// <returns>False: a v1 host limits swap only together with memory, and there is no limit of memory; nothing was changed.</returns>
    /// <exception cref="LinuxException">ENOENT: the kernel does not account for swap.</exception>
    public bool SetSwapMax(long? bytes)
    {
        var (directory, v2) = Need("memory");
        if (v2)
        {
            Fd.WriteText($"{directory}/memory.swap.max", Limit(bytes, "max"));
            return true;
        }

        var memory = CgroupFile.ReadNumber($"{directory}/memory.limit_in_bytes");
        if (memory is null && bytes is not null)
        {
            return false;
        }

        Fd.WriteText($"{directory}/memory.memsw.limit_in_bytes", Limit(memory + bytes, "-1"));
        return true;
    }

    /// <summary>Above this many bytes the group is slowed down and reclaimed from; null: never.</summary>
    /// <returns>False: v1 has nothing like it; nothing was changed.</returns>
    public bool SetMemoryHigh(long? bytes) => SetV2Memory("memory.high", Limit(bytes, "max"));

    /// <summary>So many bytes are never reclaimed from it, whatever the others need; 0: none.</summary>
    /// <returns>False: v1 has nothing like it; nothing was changed.</returns>
    public bool SetMemoryMin(long bytes) => SetV2Memory("memory.min", $"{bytes}");

    /// <summary>So many bytes are reclaimed only when nobody else has unprotected memory; on v1 the soft limit does about that.</summary>
    public void SetMemoryLow(long bytes)
    {
        if (!SetV2Memory("memory.low", $"{bytes}"))
        {
            Fd.WriteText($"{Need("memory").Directory}/memory.soft_limit_in_bytes", $"{bytes}");
        }
    }

    /// <summary>Most processes and threads; null: no ceiling.</summary>
    public void SetPidsMax(long? count) => Fd.WriteText($"{Need("pids").Directory}/pids.max", Limit(count, "max"));

    private bool SetV2Memory(string file, string value)
    {
        var (directory, v2) = Need("memory");
        if (v2)
        {
            Fd.WriteText($"{directory}/{file}", value);
        }

        return v2;
    }

    /// <summary>v1 keeps memory ≤ memory + swap at every moment, so the order depends on the direction.</summary>
    private static void SetLegacyMemory(string directory, long? memory, long? sum)
    {
        var limit = $"{directory}/memory.limit_in_bytes";
        var sumLimit = $"{directory}/memory.memsw.limit_in_bytes";
        var current = CgroupFile.ReadNumber(sumLimit, optional: true);
        if (!File.Exists(sumLimit))
        {
            Fd.WriteText(limit, Limit(memory, "-1"));
        }
        else if (sum is null || sum >= (current ?? long.MaxValue))
        {
            Fd.WriteText(sumLimit, Limit(sum, "-1"));
            Fd.WriteText(limit, Limit(memory, "-1"));
        }
        else
        {
            Fd.WriteText(limit, Limit(memory, "-1"));
            Fd.WriteText(sumLimit, Limit(sum, "-1"));
        }
    }

    internal (string Directory, bool IsV2) Need(string controller) => Host.Find(controller) is { } hierarchy
        ? (DirectoryIn(hierarchy), hierarchy.IsV2)
        : throw new LinuxException(Errno.EOPNOTSUPP, $"cgroup controller {controller}", Path);

    private static string Limit(long? value, string none) => value?.ToString() ?? none;

    /// <summary>In v1 a group's CPUs must be among its parent's at every moment: first all are widened from the top, then narrowed from below.</summary>
    private static void SetLegacyCpuSet(string directory, string cpus)
    {
        var present = Fd.ReadText($"{directory}/cpuset.cpus");
        if (present == cpus)
        {
            return;
        }

        var groups = GroupsBelow(directory);
        foreach (var group in groups.Count > 1 ? groups : [])
        {
            WriteCpus(group, present.Length > 0 ? $"{present},{cpus}" : cpus);
        }

        foreach (var group in groups.AsEnumerable().Reverse())
        {
            WriteCpus(group, cpus);
        }
    }

    private static void WriteCpus(string group, string cpus)
    {
        try
        {
            Fd.WriteText($"{group}/cpuset.cpus", cpus);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENODEV)
        {
            // Removed meanwhile, by who made it inside.
        }
    }
}
