using Berth.Core;
using Berth.Core.Resources;

namespace Berth.Machines;

/// <summary>What a machine is started with where its limits do not say, and what QEMU itself may take on top.</summary>
internal static class MachineSizes
{
    private const long MiB = 1 << 20;
    private const long DefaultMemory = 1024 * MiB;
    private const long LeastMemory = 64 * MiB;
    private const int MostCpus = 255;

    public static long Memory(Limits limits)
    {
        var bytes = limits.Memory ?? DefaultMemory;
        return bytes >= LeastMemory
            ? (bytes + MiB - 1) / MiB * MiB
            : throw BerthException.BadRequest($"limits.memory is {bytes} bytes; a machine needs at least {LeastMemory} (64MiB).");
    }

    public static int Cpus(Limits limits)
    {
        var count = limits.CpuCount ?? 1;
        return count is >= 1 and <= MostCpus
            ? count
            : throw BerthException.BadRequest($"limits.cpu is {count}; a machine has 1 to {MostCpus} CPUs.");
    }

    /// <summary>The cgroup's ceiling: the guest's memory, QEMU's own heap and stacks, page tables, and what TCG translates.</summary>
    public static long Ceiling(long memory, bool kvm) => memory + (memory / 64) + ((kvm ? 256 : 640) * MiB);
}
