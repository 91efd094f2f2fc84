using System.Runtime.InteropServices;
using Berth.Linux.Trees;

namespace Berth.Linux.Netlink;

/// <summary>Names a network namespace for the kernel: by a process in it, or by a descriptor of /proc/PID/ns/net.</summary>
public readonly record struct NetworkNamespace
{
    private NetworkNamespace(int pid, SafeHandle? handle)
    {
        Pid = pid;
        Handle = handle;
    }

    internal int Pid { get; }

    internal SafeHandle? Handle { get; }

    /// <summary>The namespace of a process.</summary>
    public static NetworkNamespace OfProcess(int pid) => new(pid, null);

    /// <summary>The namespace that a descriptor refers to; it must stay open.</summary>
    public static NetworkNamespace Of(SafeHandle handle) => new(0, handle);

    /// <summary>Whether a descriptor of /proc/PID/ns/net refers to the namespace that this process is in itself.</summary>
    public static bool IsOwn(SafeHandle handle)
    {
        using var own = Fd.Open("/proc/self/ns/net", OpenFlags.ReadOnly);
        var (seen, mine) = (TreeStat.Of(handle), TreeStat.Of(own));
        return (seen.FileSystem, seen.Inode) == (mine.FileSystem, mine.Inode);
    }

    internal void Write(NetlinkMessage message)
    {
        if (Handle is null)
        {
            message.Attribute(RtNetlinkConstants.LinkNetNsPid, (uint)Pid);
        }
        else
        {
            message.Attribute(RtNetlinkConstants.LinkNetNsFd, (uint)Handle.DangerousGetHandle());
        }
    }
}
