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
        var (count, set) = Cpu(config.GetValueOrDefault("limits.cpu", ""), machine, host);
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
            Memory = memory ?? (machine ? DefaultMachineMemory : null),
            Processes = Processes(config.GetValueOrDefault("limits.processes", "")),
            RootSize = string.IsNullOrEmpty(rootSize) ? null : PositiveSize("size", rootSize),
        };
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
