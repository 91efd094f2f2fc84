namespace Berth.Core.Resources;

/// <summary>Weights that the kernel knows for <c>limits.cpu.allowance</c>, <c>limits.cpu.priority</c> and <c>limits.disk.priority</c>.</summary>
public static class CpuShares
{
    private const int DefaultWeight = 100;
    private const int HighestPriority = 10;

    /// <summary>CPU weight, 100 being the kernel's default: the allowance in percent, less one for every step below the highest priority.</summary>
    public static int Weight(Limits limits) =>
        Math.Max(1, (limits.CpuSharePercent ?? DefaultWeight) - (HighestPriority - (limits.CpuPriority ?? HighestPriority)));

    /// <summary>Disk weight, 10 to 1000: a hundred for every step of priority.</summary>
    public static int DiskWeight(int priority) => Math.Max(10, priority * 100);

    /// <summary>The kernel's swappiness: its default of 60 for the highest priority, 70 for the lowest.</summary>
    public static int Swappiness(int priority) => 70 - priority;
}
