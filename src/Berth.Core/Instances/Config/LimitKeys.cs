using static Berth.Core.Instances.ConfigKey;

namespace Berth.Core.Instances;

/// <summary>Ceilings and shares. Values that depend on the host are checked by <see cref="Resources.LimitsParser"/>.</summary>
internal static class LimitKeys
{
    private static readonly Func<string, string?> Priority = ConfigValues.Between(0, 10);

    public static readonly ConfigKey[] All =
    [
        Text("limits.cpu", "Number of CPUs, a set of host CPUs to pin to (0-1,3), or a machine's topology (sockets=1,cores=2,threads=2)") with { Default = "1 (machines)", Live = true },
        Text("limits.cpu.allowance", "Share of CPU time under contention (50%), or a ceiling per period (25ms/100ms)") with { Default = "100%", Live = true },
        Text("limits.cpu.nodes", "NUMA nodes whose CPUs it runs on, or \"balanced\" for the least busy one") with { Live = true, Check = ConfigValues.CpuNodes },
        Integer("limits.cpu.priority", "Priority for CPU time among instances with the same allowance, 0 to 10") with { Scope = KeyScope.Container, Default = "10", Live = true, Check = Priority },
        Integer("limits.disk.priority", "Priority of its disk requests under load, 0 to 10") with { Default = "5", Live = true, Check = Priority },
        HugePages("64KB"),
        HugePages("1MB"),
        HugePages("2MB"),
        HugePages("1GB"),
        Text("limits.memory", "Most memory it can use, in bytes or percent of the host's") with { Default = "1GiB (machines)", Live = true },
        Text("limits.memory.enforce", "Whether limits.memory is a hard ceiling, or only slows it down (soft)") with
        {
            Scope = KeyScope.Container, Default = "hard", Live = true, Check = ConfigValues.OneOf("hard", "soft"),
        },
        Text("limits.memory.hotplug", "Whether memory can be added while it runs") with
        {
            Scope = KeyScope.Machine, Default = "false", AsksNothing = static v => v is "false" or "0" or "no" or "off",
            Refusal = "Berth gives a running machine less memory and that again, but not more than it was started with; start it with the most that it needs",
        },
        Bool("limits.memory.hugepages", "Back its memory with the host's huge pages") with { Scope = KeyScope.Machine },
        Integer("limits.memory.oom_priority", "Added to its processes' score for the out-of-memory killer, -1000 to 1000") with
        {
            Default = "0", Live = true, Check = ConfigValues.Between(-1000, 1000),
        },
        Text("limits.memory.swap", "Whether its memory may be swapped out, or the most bytes of it that may") with
        {
            Scope = KeyScope.Container, Default = "true", Live = true,
            Check = ConfigValues.Either(ConfigValues.Boolean, ConfigValues.Size, "give true, false or a size"),
        },
        Integer("limits.memory.swap.priority", "The higher, the less of it is swapped out, 0 to 10; on hosts with cgroup v1") with
        {
            Scope = KeyScope.Container, Default = "10", Live = true, Check = Priority,
        },
        Integer("limits.processes", "Most processes and threads") with { Live = true },
        .. KernelLimits.Select(limit => Text("limits.kernel." + limit.Name, limit.Description) with { Scope = KeyScope.Container, Check = ConfigValues.ResourceLimit }),
    ];

    /// <summary>Resource limits of processes (getrlimit(2)) that liblxc sets for init.</summary>
    private static (string Name, string Description)[] KernelLimits =>
    [
        ("as", "Most virtual memory of a process, in bytes"),
        ("core", "Largest core dump, in bytes"),
        ("cpu", "Most CPU time of a process, in seconds"),
        ("data", "Largest data segment of a process, in bytes"),
        ("fsize", "Largest file that a process can make, in bytes"),
        ("locks", "Most file locks of a process"),
        ("memlock", "Most memory that a process can lock, in bytes"),
        ("msgqueue", "Most bytes in a user's message queues"),
        ("nice", "Ceiling of a process's nice value"),
        ("nofile", "Most open files of a process"),
        ("nproc", "Most processes of a user"),
        ("rss", "Most resident memory of a process, in bytes"),
        ("rtprio", "Highest real-time priority of a process"),
        ("rttime", "Most real-time CPU time without a system call, in microseconds"),
        ("sigpending", "Most pending signals of a user"),
        ("stack", "Largest stack of a process, in bytes"),
    ];

    private static ConfigKey HugePages(string size) => Text($"limits.hugepages.{size}", $"Most bytes in huge pages of {size}") with
    {
        Scope = KeyScope.Container, Live = true, Check = ConfigValues.Size,
    };
}
