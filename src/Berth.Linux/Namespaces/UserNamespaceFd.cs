using System.Runtime.InteropServices;
using Berth.Linux.Interop;
using Berth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Namespaces;

/// <summary>User namespaces that exist only as a descriptor: what an id-mapped mount needs.</summary>
public static unsafe class UserNamespaceFd
{
    private const int CloneNewUser = 0x10000000;
    /// <summary>Not a copy of the descriptors: it would keep open for a moment what others close meanwhile, mounts among them.</summary>
    private const int CloneFiles = 0x400;
    private const int SigChld = 17;
    private const int StackSize = 64 << 10;

    private static readonly nint Sleep = NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "sleep");

    /// <summary>Makes a user namespace with the given map.</summary>
    /// <remarks>
    /// A process with threads can neither unshare(CLONE_NEWUSER) nor fork managed code. So libc's sleep itself is cloned into the
    /// namespace (a copy of this process in which no managed code ever runs), its map is written, and it is killed.
    /// </remarks>
    /// <exception cref="LinuxException">ENOSPC: too many user namespaces; EPERM: not root, or user namespaces are switched off.</exception>
    public static SafeFileHandle Create(IdMap map)
    {
        var stack = (byte*)NativeMemory.AlignedAlloc(StackSize, 16);
        try
        {
            const int seconds = 30;
            var pid = Check.Result(Libc.Clone(Sleep, stack + StackSize, CloneNewUser | CloneFiles | SigChld, seconds), "clone(CLONE_NEWUSER)");
            try
            {
                var line = $"0 {map.HostBase} {map.Count}\n";
                Fd.WriteText($"/proc/{pid}/uid_map", line);
                Fd.WriteText($"/proc/{pid}/gid_map", line);
                return Fd.Open($"/proc/{pid}/ns/user", OpenFlags.ReadOnly);
            }
            finally
            {
                _ = Libc.Kill(pid, Signal.SIGKILL);
                PidFd.Reap(pid);
            }
        }
        finally
        {
            NativeMemory.AlignedFree(stack);
        }
    }
}
