using System.Runtime.InteropServices;
using Berth.Linux.Interop;
using Berth.Linux.Processes;

namespace Berth.Linux.Namespaces;

/// <summary>A process whose namespaces are wanted, and nothing else of it; disposing ends it.</summary>
/// <remarks>
/// A process with threads can neither unshare(CLONE_NEWUSER) nor fork managed code. So libc's sleep itself is cloned into the
/// namespaces (a copy of this process in which no managed code ever runs).
/// </remarks>
internal sealed unsafe class SleepingClone : IDisposable
{
    public const int NewUser = 0x10000000;
    public const int NewMounts = 0x20000;

    /// <summary>Not a copy of the descriptors: it would keep open for a moment what others close meanwhile, mounts among them.</summary>
    private const int CloneFiles = 0x400;
    private const int SigChld = 17;
    private const int StackSize = 64 << 10;
    private const int Seconds = 30;

    private static readonly nint Sleep = NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "sleep");

    private readonly byte* _stack;

    /// <param name="namespaces">Of the calling thread's, those of which the clone gets new ones.</param>
    /// <exception cref="LinuxException">ENOSPC: too many user namespaces; EPERM: not root, or user namespaces are switched off.</exception>
    public SleepingClone(int namespaces)
    {
        _stack = (byte*)NativeMemory.AlignedAlloc(StackSize, 16);
        try
        {
            Pid = Check.Result(Libc.Clone(Sleep, _stack + StackSize, namespaces | CloneFiles | SigChld, Seconds), "clone");
        }
        catch
        {
            NativeMemory.AlignedFree(_stack);
            throw;
        }
    }

    public int Pid { get; }

    public void Dispose()
    {
        _ = Libc.Kill(Pid, Signal.SIGKILL);
        PidFd.Reap(Pid);
        NativeMemory.AlignedFree(_stack);
    }
}
