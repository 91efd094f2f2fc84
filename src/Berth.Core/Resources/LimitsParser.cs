using System.Collections.Immutable;
using System.Globalization;

namespace Berth.Core.Resources;

/// <summary>Turns <c>limits.*</c> into <see cref="Limits"/>; every wrong value is refused by name.</summary>
public static class LimitsParser
{
    /// <summary>Bytes of memory that a machine gets when nothing is configured (as Incus).</summary>
    public const long DefaultMachineMemory = 1L << 30;

    private const long MinimumMemory = 1L << 20;

    /// <param name="config">Expanded configuration.</param>
    /// <param name="rootSize"><c>size</c> of the root device, if set.</param>
    /// <exception cref="BerthException">BadRequest that names the key, the value and what is allowed.</exception>
    public static Limits Parse(IReadOnlyDictionary<string, string> config, string? rootSize, bool machine, HostCapacity host)
    {
        var cpu = config.GetValueOrDefault("limits.cpu", "");
        var topology = Topology(cpu);

        // A container has no topology of its own: it gets as many CPUs.
        var (count, set) = Cpu(topology is null ? cpu : topology.Count.ToString(CultureInfo.InvariantCulture), machine, host);
        var (quota, share) = Allowance(config.GetValueOrDefault("limits.cpu.allowance", ""));
        var memory = Memory(config.GetValueOrDefault("limits.memory", ""), host);
        if (machine && memory > host.MemoryBytes)
        {
            throw BerthException.BadRequest(
                $"Invalid limits.memory \"{config["limits.memory"]}\": a virtual machine has its memory to itself, and this host has {ByteSize.Format(host.MemoryBytes)}");
        }

        return new()
        {
            CpuCount = count ?? (machine ? 1 : null),
            CpuSet = set,
            CpuQuota = quota,
            CpuSharePercent = share,
            CpuPriority = Number("limits.cpu.priority"),
            CpuNodes = config.GetValueOrDefault("limits.cpu.nodes") is { Length: > 0 } nodes ? nodes : null,
            Topology = machine ? topology : null,
            Memory = memory ?? (machine ? DefaultMachineMemory : null),
            SoftMemory = !machine && config.GetValueOrDefault("limits.memory.enforce") == "soft",
            Swap = machine ? null : Swap(config.GetValueOrDefault("limits.memory.swap", "")),
            SwapPriority = machine ? null : Number("limits.memory.swap.priority"),
            OomPriority = Number("limits.memory.oom_priority"),
            DiskPriority = Number("limits.disk.priority"),
            HugePages = machine ? ImmutableSortedDictionary<string, long>.Empty : HugePages(config),
            Processes = Processes(config.GetValueOrDefault("limits.processes", "")),
            RootSize = string.IsNullOrEmpty(rootSize) ? null : PositiveSize("size", rootSize),
        };

        int? Number(string key) => int.TryParse(config.GetValueOrDefault(key), CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>The kernel's names of huge page sizes, as in <c>limits.hugepages.2MB</c>.</summary>
    private static ImmutableSortedDictionary<string, long> HugePages(IReadOnlyDictionary<string, string> config) =>
        ((string[])["64KB", "1MB", "2MB", "1GB"])
            .Where(size => config.GetValueOrDefault($"limits.hugepages.{size}") is { Length: > 0 })
            .ToImmutableSortedDictionary(size => size, size => ByteSize.Parse($"limits.hugepages.{size}", config[$"limits.hugepages.{size}"]), StringComparer.Ordinal);

    /// <summary>Null: swapping has no ceiling of its own.</summary>
    private static long? Swap(string text) => text.Length == 0 || Instances.ConfigCatalogue.IsTrue(text) ? null
        : Instances.ConfigCatalogue.IsFalse(text) ? 0
        : ByteSize.Parse("limits.memory.swap", text);

    /// <summary><c>sockets=1,cores=2,threads=2</c>; what is left out is 1. Null: another form.</summary>
    private static CpuTopology? Topology(string text)
    {
        if (!text.Contains('=', StringComparison.Ordinal))
        {
            return null;
        }

        var parts = text.Split(',').Select(part => part.Split('=', 2)).ToList();
        if (parts.Any(part => part is not ["sockets" or "cores" or "threads", var number]
                || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value is < 1 or > 256)
            || parts.DistinctBy(part => part[0]).Count() != parts.Count)
        {
            throw BerthException.BadRequest($"Invalid limits.cpu \"{text}\": give a topology as sockets=1,cores=2,threads=2");
        }

        int Of(string name) => parts.FirstOrDefault(part => part[0] == name) is { } part ? int.Parse(part[1], CultureInfo.InvariantCulture) : 1;
        var topology = new CpuTopology(Of("sockets"), Of("cores"), Of("threads"));
        return (long)topology.Sockets * topology.Cores * topology.Threads <= 255
            ? topology
            : throw BerthException.BadRequest($"Invalid limits.cpu \"{text}\": a virtual machine has 255 CPUs at most");
    }

    private static (int? Count, string? Set) Cpu(string text, bool machine, HostCapacity host)
    {
        if (text.Length == 0)
        {
            return (null, null);
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            var most = machine ? Math.Max(64, host.Cpus) : host.Cpus;
            return count >= 1 && count <= most
                ? (count, null)
                : throw BerthException.BadRequest($"Invalid limits.cpu \"{text}\": this host has {host.Cpus} CPUs, give a number from 1 to {most}");
        }

        if (CpuList.TryParse(text) is not { Count: > 0 } cpus)
        {
            throw BerthException.BadRequest($"Invalid limits.cpu \"{text}\": give a number of CPUs (2) or a set to pin to (0-1,3)");
        }

        return cpus[^1] < host.Cpus
            ? (cpus.Count, text)
            : throw BerthException.BadRequest($"Invalid limits.cpu \"{text}\": CPU {cpus[^1]} does not exist, this host has 0-{host.Cpus - 1}");
    }

    private static ((long Quota, long Period)? Quota, int? Share) Allowance(string text)
    {
        if (text.Length == 0)
        {
            return (null, null);
        }

        if (text.EndsWith('%') && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var percent)
            && percent is >= 1 and <= 100)
        {
            return (null, percent);
        }

        var parts = text.Split('/');
        if (parts.Length == 2 && Milliseconds(parts[0]) is { } quota and >= 1_000 && Milliseconds(parts[1]) is { } period and >= 1_000 and <= 1_000_000)
        {
            return ((quota, period), null);
        }

        throw BerthException.BadRequest(
            $"Invalid limits.cpu.allowance \"{text}\": give a share (50%) or time per period of 1 to 1000 ms (25ms/100ms)");
    }

    private static long? Milliseconds(string text) =>
        text.EndsWith("ms", StringComparison.Ordinal)
        && long.TryParse(text.AsSpan(0, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        && value <= 1_000_000
            ? value * 1000
            : null;

    private static long? Memory(string text, HostCapacity host)
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (!text.EndsWith('%'))
        {
            return PositiveSize("limits.memory", text);
        }

        return int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent is >= 1 and <= 100
            ? host.MemoryBytes / 100 * percent
            : throw BerthException.BadRequest($"Invalid limits.memory \"{text}\": a share of the host's memory is 1% to 100%");
    }

    private static long PositiveSize(string key, string text)
    {
        var bytes = ByteSize.Parse(key, text);
        return bytes >= MinimumMemory
            ? bytes
            : throw BerthException.BadRequest($"Invalid {key} \"{text}\": nothing runs in less than 1MiB");
    }

    private static long? Processes(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is >= 1 and <= 4_194_304
            ? value
            : throw BerthException.BadRequest($"Invalid limits.processes \"{text}\": give a number from 1 to 4194304");
    }
}
