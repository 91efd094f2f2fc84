namespace Berth.Linux.Cgroups;

public sealed partial class Cgroup
{
    /// <summary>CPU time used since the group was made, in ns.</summary>
    public long CpuUsage() => DirectoryOf("cpuacct") is { } v1
        ? CgroupFile.ReadNumber($"{v1}/cpuacct.usage") ?? 0
        : 1000 * (CgroupFile.ReadKeyed($"{NeedUnified}/cpu.stat", "usage_usec"u8) ?? 0);

    /// <summary>Memory charged now, in bytes, page cache included.</summary>
    public long MemoryUsage() => ReadMemory("memory.current", "memory.usage_in_bytes") ?? 0;

    /// <summary>The most that was ever charged, in bytes; null: the kernel does not say (v2 before 5.19).</summary>
    public long? MemoryPeak() => ReadMemory("memory.peak", "memory.max_usage_in_bytes");

    /// <summary>Memory charged without the page cache that can go at once (inactive_file): what "used" means to people. Bytes.</summary>
    public long MemoryUsed()
    {
        var (directory, v2) = Need("memory");
        var cache = CgroupFile.ReadKeyed($"{directory}/memory.stat", v2 ? "inactive_file"u8 : "total_inactive_file"u8) ?? 0;
        return Math.Max(0, MemoryUsage() - cache);
    }

    /// <summary>The ceiling of memory, in bytes; null: none.</summary>
    public long? MemoryMax() => ReadMemory("memory.max", "memory.limit_in_bytes");

    /// <summary>Swap used now, in bytes; null: the kernel does not account for it.</summary>
    public long? SwapUsage()
    {
        var (directory, v2) = Need("memory");
        return v2
            ? CgroupFile.ReadNumber($"{directory}/memory.swap.current", optional: true)
            : CgroupFile.ReadNumber($"{directory}/memory.memsw.usage_in_bytes", optional: true) is { } sum ? Math.Max(0, sum - MemoryUsage()) : null;
    }

    /// <summary>Processes and threads now; null: the host does not count them.</summary>
    public long? PidsCount() => DirectoryOf("pids") is { } directory ? CgroupFile.ReadNumber($"{directory}/pids.current") : null;

    /// <summary>How often a process was refused because there were as many as may be: on v2 by this group's limit, on v1 to this group's processes.</summary>
    public long PidsRefused() => DirectoryOf("pids") is { } directory ? CgroupFile.ReadKeyed($"{directory}/pids.events", "max"u8, optional: true) ?? 0 : 0;

    /// <summary>How many processes the out-of-memory killer took from the group.</summary>
    public long OomKills()
    {
        var (directory, v2) = Need("memory");
        return CgroupFile.ReadKeyed(v2 ? $"{directory}/memory.events" : $"{directory}/memory.oom_control", "oom_kill"u8) ?? 0;
    }

    private string NeedUnified => DirectoryIn(Host.Unified ?? throw new LinuxException(Errno.EOPNOTSUPP, "cgroup2", Path));

    private long? ReadMemory(string v2File, string v1File)
    {
        var (directory, v2) = Need("memory");
        return CgroupFile.ReadNumber($"{directory}/{(v2 ? v2File : v1File)}", optional: true);
    }
}
