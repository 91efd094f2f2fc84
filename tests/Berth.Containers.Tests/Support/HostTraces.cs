using System.Net.NetworkInformation;

namespace Berth.Containers.Tests.Support;

/// <summary>What of a test can be seen on the host. Only names with the test's own mark count: others work here too.</summary>
internal static class HostTraces
{
    public static IReadOnlyList<string> Of(string mark)
    {
        var found = new List<string>();
        found.AddRange(File.ReadLines("/proc/self/mountinfo").Where(l => l.Contains(mark, StringComparison.Ordinal)));
        found.AddRange(NetworkInterface.GetAllNetworkInterfaces().Select(i => i.Name).Where(n => n.Contains(mark, StringComparison.Ordinal)));
        found.AddRange(File.ReadLines("/proc/self/mountinfo")
            .Select(l => l.Split(' '))
            .Where(f => f[Array.IndexOf(f, "-") + 1] is "cgroup" or "cgroup2")
            .SelectMany(f => Directory.GetDirectories(f[4]))
            .Where(d => d.Contains(mark, StringComparison.Ordinal)));
        if (Directory.Exists("/run/lxc/lock"))
        {
            found.AddRange(Directory.GetFiles("/run/lxc/lock", "*", SearchOption.AllDirectories).Where(f => f.Contains(mark, StringComparison.Ordinal)));
        }

        foreach (var process in Directory.GetDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out var pid) && pid != Environment.ProcessId))
        {
            try
            {
                // A zombie has given everything back but its number; who adopted it reaps it.
                if (File.ReadAllText($"{process}/stat").Contains(") Z ", StringComparison.Ordinal))
                {
                    continue;
                }

                var text = File.ReadAllText($"{process}/cmdline") + File.ReadAllText($"{process}/cgroup");
                if (text.Contains(mark, StringComparison.Ordinal))
                {
                    found.Add($"{process} {text.Replace('\0', ' ')}");
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }

        return found;
    }
}
