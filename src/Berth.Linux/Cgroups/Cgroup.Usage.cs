namespace Berth.Linux.Cgroups;

public sealed partial class Cgroup
{
    /// <summary>How often a process was refused because there were as many as may be: on v2 by this group's limit, on v1 to this group's processes.</summary>
    public long PidsRefused() => DirectoryOf("pids") is { } directory ? CgroupFile.ReadKeyed($"{directory}/pids.events", "max"u8, optional: true) ?? 0 : 0;

    /// <summary>How many processes the out-of-memory killer took from the group.</summary>
    public long OomKills()
    {
        var (directory, v2) = Need("memory");
        return CgroupFile.ReadKeyed(v2 ? $"{directory}/memory.events" : $"{directory}/memory.oom_control", "oom_kill"u8) ?? 0;
    }
}
