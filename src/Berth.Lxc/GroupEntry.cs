using System.Runtime.InteropServices;
using Berth.Containers;
using Berth.Linux;
using Microsoft.Win32.SafeHandles;

namespace Berth.Lxc;

/// <summary>
/// Enters a container's control groups without waiting for a grace period of the kernel. To move a process from outside, as liblxc
/// does, the kernel stops all forks of the host, which takes 10 to 30 ms of an exec. A process that is born in its v2 group, and a
/// thread that moves itself between v1 groups, need no such stop.
/// </summary>
internal static unsafe partial class GroupEntry
{
    private const int CloneNumber = 435;
    private const ulong IntoCgroup = 0x200000000;
    private const int ParentDeathSignal = 1;
    private const int SetChildSubreaper = 36;
    private const ulong SigChild = 17;
    private const nint SigKill = 9;

    /// <summary>As fork(2): zero in the child, which is in the groups. Null where that is not possible: nothing has happened then.</summary>
    /// <remarks>
    /// The child has this thread alone, so it may do little; above all it must end with <see cref="Exit"/>. It dies with its parent, and
    /// its own children become its parent's when it ends. It must end soon: a container that reboots gets new groups, and liblxc gives
    /// up when an old one still has a process.
    /// </remarks>
    public static int? Fork(ExecRequest request)
    {
        using var group = Open(request.UnifiedGroup);
        if (group is null)
        {
            return null;
        }

        _ = Prctl(SetChildSubreaper, 1, 0, 0, 0);
        var arguments = new CloneArguments { Flags = IntoCgroup, ExitSignal = SigChild, Cgroup = (ulong)group.DangerousGetHandle() };
        var pid = (int)Syscall(CloneNumber, &arguments, sizeof(CloneArguments));
        if (pid != 0)
        {
            return pid < 0 ? null : pid;
        }

        _ = Prctl(ParentDeathSignal, SigKill, 0, 0, 0);
        Enter(request.LegacyGroups);
        return 0;
    }

    /// <summary>Null: the host has no v2, or the container's own manager has just tidied the empty group away.</summary>
    private static SafeFileHandle? Open(string directory)
    {
        try
        {
            return directory.Length == 0 ? null : Fd.Open(directory, OpenFlags.ReadOnly | OpenFlags.Directory);
        }
        catch (LinuxException)
        {
            return null;
        }
    }

    private static void Enter(string[] groups)
    {
        try
        {
            foreach (var directory in groups)
            {
                Fd.WriteText($"{directory}/tasks", "0");
            }
        }
        catch (LinuxException)
        {
            // The container is going: its groups are gone.
            Exit(ExecCall.CannotAttach);
        }
    }

    /// <summary>Ends the process at once (_exit(2)).</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void Exit(int code);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Syscall(nint number, CloneArguments* arguments, nint size);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Prctl(int option, nint a, nint b, nint c, nint d);

    /// <summary><c>struct clone_args</c> (linux/sched.h, CLONE_ARGS_SIZE_VER2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct CloneArguments
    {
        public ulong Flags;
        public ulong PidFd;
        public ulong ChildTid;
        public ulong ParentTid;
        public ulong ExitSignal;
        public ulong Stack;
        public ulong StackSize;
        public ulong Tls;
        public ulong SetTid;
        public ulong SetTidSize;
        public ulong Cgroup;
    }
}
