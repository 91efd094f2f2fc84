using System.Globalization;

namespace Berth.Core.Resources;

/// <summary>What the host has: CPUs that are online, and memory in bytes.</summary>
public sealed record HostCapacity(int Cpus, long MemoryBytes)
{
    /// <summary>This host's, read once from <c>/sys/devices/system/cpu/online</c> and <c>/proc/meminfo</c>.</summary>
    public static HostCapacity Present { get; } = Read();

    private static HostCapacity Read()
    {
        var cpus = CpuList.TryParse(File.ReadAllText("/sys/devices/system/cpu/online").Trim())?.Count ?? Environment.ProcessorCount;
        var total = File.ReadLines("/proc/meminfo").First(l => l.StartsWith("MemTotal:", StringComparison.Ordinal));
        var kibibytes = total.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return new(cpus, long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024);
    }
}
