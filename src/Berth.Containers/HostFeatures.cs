using Berth.Linux.Mounts;

namespace Berth.Containers;

/// <summary>What the host offers to containers beyond the kernel's basics.</summary>
/// <param name="AppArmor">See <see cref="HasAppArmor"/>.</param>
/// <param name="LxcfsMount">Where lxcfs is mounted; null without lxcfs.</param>
/// <param name="LxcfsFiles">What it serves, of <see cref="WantedLxcfsFiles"/>.</param>
internal sealed record HostFeatures(bool AppArmor, string? LxcfsMount, IReadOnlyCollection<string> LxcfsFiles)
{
    /// <summary>Devices are allowed through a v1 hierarchy; else through v2.</summary>
    public bool LegacyDevices { get; init; }

    private const string AppArmorSwitch = "/sys/module/apparmor/parameters/enabled";

    private static readonly string[] WantedLxcfsFiles =
    [
        "proc/cpuinfo", "proc/diskstats", "proc/loadavg", "proc/meminfo", "proc/slabinfo", "proc/stat", "proc/swaps", "proc/uptime",
        "sys/devices/system/cpu",
    ];

    /// <summary>Whether containers get an AppArmor profile. Read once: the kernel's part is decided when it boots.</summary>
    public static bool HasAppArmor { get; } = File.Exists(AppArmorSwitch) && File.ReadAllText(AppArmorSwitch).StartsWith('Y')
        && (File.Exists("/usr/sbin/apparmor_parser") || File.Exists("/sbin/apparmor_parser"));

    /// <summary>Looks at the host; lxcfs may come and go, so this is done at every start (one file).</summary>
    public static HostFeatures Detect()
    {
        var lxcfs = MountTable.Read().Mounts.FirstOrDefault(m => m.FileSystem == "fuse.lxcfs")?.MountPoint;
        return new(HasAppArmor, lxcfs, lxcfs is null ? [] : [.. WantedLxcfsFiles.Where(f => Path.Exists($"{lxcfs}/{f}"))])
        {
            LegacyDevices = MountTable.Read().Mounts.Any(m => m.FileSystem == "cgroup" && m.SuperOptions.Split(',').Contains("devices")),
        };
    }
}
