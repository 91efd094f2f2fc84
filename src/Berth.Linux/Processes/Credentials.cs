using Berth.Linux.Interop;

namespace Berth.Linux.Processes;

/// <summary>What a process does to itself between posix_spawn(3) and the program it is to become.</summary>
public static unsafe class Credentials
{
    private const int SigSetMask = 2;

    /// <summary>Gives up the present ids for good: supplementary groups, gid, uid, in that order (all threads, setuid(2)).</summary>
    /// <exception cref="LinuxException">EPERM: the process is not privileged.</exception>
    public static void Become(uint uid, uint gid, ReadOnlySpan<uint> groups)
    {
        fixed (uint* pointer = groups)
        {
            Check.Result(Libc.SetGroups((nuint)groups.Length, pointer), "setgroups");
        }

        Check.Result(Libc.SetGid(gid), "setgid", $"{gid}");
        Check.Result(Libc.SetUid(uid), "setuid", $"{uid}");
    }

    /// <summary>Replaces the process with a program, execv(3), with the present environment and clean signals.</summary>
    /// <exception cref="LinuxException">Always, if it returns at all: ENOENT, EACCES, ENOEXEC, …</exception>
    public static void Execute(string path, IReadOnlyCollection<string> argv)
    {
        using var arguments = new CStringArray(argv);

        // The runtime ignores SIGPIPE, and what is ignored stays so in the new program.
        _ = Libc.SetSignalHandler(Signal.SIGPIPE, 0);
        var none = stackalloc byte[256];
        _ = Libc.SigEmptySet(none);
        _ = Libc.SigMask(SigSetMask, none, null);
        Check.Result(Libc.ExecV(path, arguments.Pointer), "execv", path);
    }
}
