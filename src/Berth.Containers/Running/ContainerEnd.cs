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
        if (killed || asked)
        {
            return StopReason.Stopped;
        }

        if (!init.HasExited)
        {
            // Its monitor died before it.
            return StopReason.Crashed;
        }

        // The kernel kills init also where the container powers itself off (reboot(2)), and shows that as what it is to the parent alone.
        var byKill = PidFdStatus.TryRead(init) is not { } status || status.KilledBy == Signal.SIGKILL;
        return byKill && RanOutOfMemory(cgroup) ? StopReason.OutOfMemory : StopReason.Stopped;
    }

    /// <summary>Said only where the kernel's counter tells. v1 counts in the group of the process itself: nothing is said where that is gone already.</summary>
    private static bool RanOutOfMemory(Cgroup cgroup)
    {
        try
        {
            return cgroup.OomKills() > 0;
        }
        catch (LinuxException)
        {
            // The group is gone already.
            return false;
        }
    }
}
