using System.Globalization;
using Berth.Linux.Cgroups;

namespace Berth.Linux.Processes;

/// <summary>What is added to a process's score for the out-of-memory killer (proc(5), oom_score_adj).</summary>
public static class OomScore
{
    /// <summary>Sets it for every process of a group; what they start inherits it.</summary>
    /// <param name="adjustment">-1000 (never killed) … 1000.</param>
    public static void Apply(Cgroup cgroup, int adjustment)
    {
        var text = adjustment.ToString(CultureInfo.InvariantCulture);
        foreach (var pid in cgroup.Processes())
        {
            try
            {
                Fd.WriteText($"/proc/{pid}/oom_score_adj", text);
            }
            catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ESRCH)
            {
                // It has ended meanwhile.
            }
        }
    }
}
