using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Namespaces;

/// <summary>User namespaces that exist only as a descriptor: what an id-mapped mount needs.</summary>
public static class UserNamespaceFd
{
    /// <summary>Makes a user namespace with the given map.</summary>
    /// <exception cref="LinuxException">ENOSPC: too many user namespaces; EPERM: not root, or user namespaces are switched off.</exception>
    public static SafeFileHandle Create(IdMap map)
    {
        using var clone = new SleepingClone(SleepingClone.NewUser);
        var line = $"0 {map.HostBase} {map.Count}\n";
        Fd.WriteText($"/proc/{clone.Pid}/uid_map", line);
        Fd.WriteText($"/proc/{clone.Pid}/gid_map", line);
        return Fd.Open($"/proc/{clone.Pid}/ns/user", OpenFlags.ReadOnly);
    }
}
