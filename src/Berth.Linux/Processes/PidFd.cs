using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Berth.Linux.Events;
using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Processes;

/// <summary>A process held by a pidfd(2): signals and waits never hit another process that got the same number.</summary>
public sealed unsafe class PidFd : IDisposable
{
    private const int PAll = 0;
    private const int PPid = 1;
    private const int PPidFd = 3;
    private const int WNoHang = 1;
    private const int WExited = 4;
    private const int CldExited = 1;

    private PidFd(int pid, SafeFileHandle handle)
    {
        Pid = pid;
        Handle = handle;
    }

    /// <summary>The number it had when it was opened.</summary>
    public int Pid { get; }

    /// <summary>The pidfd.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Opens any process by its number, child or not.</summary>
    /// <remarks>A number found in a file may be another process by now: check (start time, cgroup, command line) after opening.</remarks>
    /// <exception cref="LinuxException">ESRCH: there is no such process.</exception>
    public static PidFd Open(int pid) =>
        new(pid, Check.Handle(Libc.Syscall(Libc.SysPidFdOpen, pid, 0, 0, 0, 0), "pidfd_open", $"{pid}"));

    /// <summary>Opens a process, null when there is none.</summary>
    public static PidFd? TryOpen(int pid)
    {
        try
        {
            return Open(pid);
        }
        catch (LinuxException e) when (e.Errno is Errno.ESRCH or Errno.EINVAL)
        {
            return null;
        }
    }

    /// <summary>Sends a signal.</summary>
    /// <returns>False when the process has ended.</returns>
    /// <exception cref="LinuxException">EPERM, EINVAL.</exception>
    public bool Send(int signal)
    {
        nint result;
        try
        {
            result = Libc.Syscall(Libc.SysPidFdSendSignal, Handle, signal, 0, 0, 0);
        }
        catch (ObjectDisposedException)
        {
            // A child's pidfd is closed when it is reaped.
            return false;
        }

        if (result < 0 && Marshal.GetLastPInvokeError() == Errno.ESRCH)
        {
            return false;
        }

        Check.Result(result, "pidfd_send_signal", $"{Pid}");
        return true;
    }

    /// <summary>Whether the process has ended; a zombie has.</summary>
    public bool HasExited => Fd.Poll(Handle, (short)PollEvents.In, 0);

    /// <summary>Waits until the process has ended. Its exit code goes to its parent only.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => Reactor.Shared.WaitAsync(Handle, PollEvents.In, cancellationToken);

    public void Dispose() => Handle.Dispose();

    /// <summary>Takes the exit status of an own child.</summary>
    /// <returns>Null when it still runs.</returns>
    /// <exception cref="LinuxException">ECHILD: not our child, or reaped before.</exception>
    internal ExitStatus? TryReap() => TryReap(PPidFd, (uint)Handle.DangerousGetHandle(), WNoHang);

    /// <summary>Takes a copy of one of the process's descriptors, pidfd_getfd(2).</summary>
    /// <param name="fd">Its number there.</param>
    /// <exception cref="LinuxException">ESRCH, EBADF, EPERM.</exception>
    public SafeFileHandle CopyFd(int fd) => Check.Handle(Libc.Syscall(Libc.SysPidFdGetFd, Handle, fd, 0, 0, 0), "pidfd_getfd", $"{Pid}");

    /// <summary>Waits, blocking, for a child.</summary>
    internal static ExitStatus Reap(int pid) => TryReap(PPid, (uint)pid, 0)!.Value;

    /// <summary>Waits, blocking, for whichever child ends first.</summary>
    internal static ExitStatus ReapAny() => TryReap(PAll, 0, 0)!.Value;

    private static ExitStatus? TryReap(int idType, uint id, int options)
    {
        var info = stackalloc byte[128];
        new Span<byte>(info, 128).Clear();
        int result;
        do
        {
            result = Libc.WaitId(idType, id, info, WExited | options);
        }
        while (Check.Interrupted(result));
        Check.Result(result, "waitid");

        // siginfo_t: si_code at 8, si_pid at 16 (0: nothing to report), si_status at 24.
        var span = new ReadOnlySpan<byte>(info, 128);
        if (BinaryPrimitives.ReadInt32LittleEndian(span[16..]) == 0)
        {
            return null;
        }

        var status = BinaryPrimitives.ReadInt32LittleEndian(span[24..]);
        return BinaryPrimitives.ReadInt32LittleEndian(span[8..]) == CldExited ? ExitStatus.Exited(status) : ExitStatus.Killed(status);
    }
}
