using Berth.Core.Instances;
using Berth.Linux;
using Berth.Linux.Cgroups;
using Berth.Linux.Processes;

namespace Berth.Containers.Running;

/// <summary>Finds out why a container ended: liblxc's monitor does not tell how its init died.</summary>
internal static class ContainerEnd
{
    /// <param name="killed">Berth killed it.</param>
    /// <param name="asked">Berth asked it to power off.</param>
    public static StopReason Reason(PidFd init, Cgroup cgroup, bool killed, bool asked)
    {
        if (killed)
        {
            return StopReason.Stopped;
        }

        if (!init.HasExited)
        {
            // Its monitor died before it.
            return StopReason.Crashed;
        }

        // The kernel tells since Linux 6.15; before, a container that ended unasked and had used up its memory was killed for that.
        var byKill = PidFdStatus.TryRead(init) is { } status ? status.KilledBy == Signal.SIGKILL : !asked;
        return !byKill ? StopReason.Stopped
            : RanOutOfMemory(cgroup) ? StopReason.OutOfMemory
            : PidFdStatus.TryRead(init) is null ? StopReason.Stopped
            : StopReason.Crashed;
    }

    /// <summary>v1 counts out-of-memory kills only in the group of the process, which is gone by now: there the peak tells.</summary>
    private static bool RanOutOfMemory(Cgroup cgroup)
    {
        try
        {
            return cgroup.OomKills() > 0 || (cgroup.MemoryMax() is { } most && cgroup.MemoryPeak() >= most);
        }
        catch (LinuxException)
        {
            // The group is gone already.
            return false;
        }
    }
}
