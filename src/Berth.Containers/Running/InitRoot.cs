using Berth.Core;
using Berth.Core.Instances;
using Berth.Linux;
using Berth.Linux.Netlink;
using Berth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Berth.Containers.Running;

/// <summary>Opens what belongs to a container's init under /proc, and never what belongs to a process that has its number now.</summary>
internal static class InitRoot
{
    /// <summary>The root as init sees it (O_PATH).</summary>
    /// <exception cref="BerthException">Conflict: it does not run any more.</exception>
    public static SafeFileHandle Open(PidFd init, InstanceId id) => Open(init, id, "root", OpenFlags.Path | OpenFlags.Directory);

    /// <summary>Init's network namespace.</summary>
    /// <exception cref="BerthException">Conflict: it does not run any more, or has none of its own (yet).</exception>
    public static SafeFileHandle OpenNetwork(PidFd init, InstanceId id) =>
        FindNetwork(init, id) ?? throw BerthException.Conflict($"The container {id} has no network of its own; if it has just rebooted, try again");

    /// <summary>Init's network namespace; null while it is the host's: liblxc gives a new init its own a little later.</summary>
    /// <exception cref="BerthException">Conflict: it does not run any more.</exception>
    public static SafeFileHandle? FindNetwork(PidFd init, InstanceId id)
    {
        var network = Open(init, id, "ns/net", OpenFlags.ReadOnly);
        if (!NetworkNamespace.IsOwn(network))
        {
            return network;
        }

        network.Dispose();
        return null;
    }

    /// <summary>Init's mount namespace.</summary>
    /// <exception cref="BerthException">Conflict: it does not run any more.</exception>
    public static SafeFileHandle OpenMounts(PidFd init, InstanceId id) => Open(init, id, "ns/mnt", OpenFlags.ReadOnly);

    private static SafeFileHandle Open(PidFd init, InstanceId id, string what, OpenFlags flags)
    {
        try
        {
            var opened = Fd.Open($"/proc/{init.Pid}/{what}", flags);

            // Alive after the open: then the number was its own all the time.
            if (!init.HasExited)
            {
                return opened;
            }

            opened.Dispose();
        }
        catch (Exception e) when (e is ObjectDisposedException or LinuxException { Errno: Errno.ENOENT or Errno.ESRCH or Errno.EACCES })
        {
            // It has ended, or has been let go of.
        }

        throw NotRunning(id);
    }

    public static BerthException NotRunning(InstanceId id) => BerthException.Conflict($"The container {id} is not running");
}
