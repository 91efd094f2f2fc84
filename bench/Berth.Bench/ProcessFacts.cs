using System.Globalization;

namespace Berth.Bench;

/// <summary>What proc(5) tells of a process.</summary>
internal static class ProcessFacts
{
    private const double KilobytesPerMegabyte = 1024;
    private const int UserTime = 11;
    private const int SystemTime = 12;

    /// <summary>USER_HZ, which is 100 on every Linux that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    public static TimeSpan CpuTime(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromSeconds((Number(fields[UserTime]) + Number(fields[SystemTime])) / TicksPerSecond);
    }

    public static double ResidentMegabytes(int pid) => Kilobytes($"/proc/{pid}/status", "VmRSS:") / KilobytesPerMegabyte;

    public static double ProportionalMegabytes(int pid) => Kilobytes($"/proc/{pid}/smaps_rollup", "Pss:") / KilobytesPerMegabyte;

    /// <summary>The processes that stand between the daemon and each container's init.</summary>
    public static IEnumerable<int> Monitors(Place place, int daemon) =>
        HostSnapshot.ProcessesOf(place).Where(pid => pid != daemon && CommandLine(pid).Contains("[lxc monitor]", StringComparison.Ordinal));

    private static string CommandLine(int pid) => File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');

    private static double Kilobytes(string file, string field) =>
        Number(File.ReadLines(file).Single(l => l.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
