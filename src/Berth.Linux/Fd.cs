using System.Runtime.InteropServices;
using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux;

/// <summary>File descriptors: every one made here is close-on-exec, so no child gets it unless the spawner maps it.</summary>
public static unsafe partial class Fd
{
    private const int FGetFd = 1;
    private const int FSetFd = 2;
    private const int FGetFl = 3;
    private const int FSetFl = 4;
    private const int FDupFdCloseOnExec = 1030;
    private const int CloseOnExec = 0x80000;

    /// <summary>The current directory as a directory handle for the *at calls (AT_FDCWD).</summary>
    internal static readonly SafeFileHandle CurrentDirectory = new(Libc.AtFdCwd, ownsHandle: false);

    /// <summary>Opens a path as open(2) does.</summary>
    /// <param name="path">Relative paths start at the process's current directory.</param>
    /// <param name="flags">How to open it.</param>
    /// <param name="mode">Permission bits of a file that is created.</param>
    /// <exception cref="LinuxException">What open(2) says.</exception>
    public static SafeFileHandle Open(string path, OpenFlags flags, int mode = 0) =>
        OpenAt2(CurrentDirectory, path, flags, mode, ResolveFlags.None);

    /// <summary>Opens a path relative to a directory; see <see cref="OpenAt2(SafeHandle, string, OpenFlags, int, ResolveFlags)"/>.</summary>
    public static SafeFileHandle OpenAt(SafeHandle directory, string path, OpenFlags flags, int mode = 0) =>
        OpenAt2(directory, path, flags, mode, ResolveFlags.None);

    /// <summary>Opens a path relative to a directory with rules for the walk, openat2(2).</summary>
    /// <exception cref="LinuxException">EXDEV or ELOOP when the walk breaks a rule of <paramref name="resolve"/>; else as open(2).</exception>
    public static SafeFileHandle OpenAt2(SafeHandle directory, string path, OpenFlags flags, int mode, ResolveFlags resolve) =>
        OpenAt2(directory, CString.Encode(path), path, flags, mode, resolve);

    internal static SafeFileHandle OpenAt2(SafeHandle directory, byte[] cpath, string path, OpenFlags flags, int mode, ResolveFlags resolve)
    {
        var creates = (flags & (OpenFlags.Create | (OpenFlags)0x400000)) != 0;
        var how = stackalloc ulong[3] { OnThisMachine(flags), creates ? (ulong)mode : 0, (ulong)resolve };
        fixed (byte* pathPointer = cpath)
        {
            for (var attempt = 0; ; attempt++)
            {
                var fd = Libc.Syscall(Libc.SysOpenAt2, directory, pathPointer, how, 24, 0);
                if (fd >= 0)
                {
                    return new SafeFileHandle(fd, ownsHandle: true);
                }

                // EAGAIN: a rename raced with a confined walk through "..", openat2(2) asks to retry.
                var errno = Marshal.GetLastPInvokeError();
                if (errno == Errno.ENOSYS && resolve == ResolveFlags.None)
                {
                    return OpenOnOldKernel(directory, pathPointer, how[0], mode, path);
                }

                if (errno != Errno.EINTR && (errno != Errno.EAGAIN || resolve == ResolveFlags.None || attempt >= 1000))
                {
                    throw new LinuxException(errno, "openat2", path);
                }
            }
        }
    }

    /// <summary>Opens again what an O_PATH (or other) descriptor refers to, through /proc/self/fd: the same inode, whatever its name is now.</summary>
    public static SafeFileHandle Reopen(SafeHandle fd, OpenFlags flags) => Open(ProcPath(fd), flags & ~OpenFlags.NoFollow);

    /// <summary>/proc/self/fd/N: a path that names what the descriptor refers to, for calls that know only paths.</summary>
    /// <remarks>Valid while the handle is open, in this process only.</remarks>
    public static string ProcPath(SafeHandle fd) => $"/proc/self/fd/{fd.DangerousGetHandle()}";

    /// <summary>A second descriptor for the same open file (F_DUPFD_CLOEXEC).</summary>
    public static SafeFileHandle Duplicate(SafeHandle fd, int lowest = 3) =>
        Check.Handle(Libc.Fcntl(fd, FDupFdCloseOnExec, lowest), "fcntl(F_DUPFD_CLOEXEC)");

    /// <summary>Sets or clears O_NONBLOCK on the open file.</summary>
    public static void SetNonBlocking(SafeHandle fd, bool value)
    {
        var flags = Check.Result(Libc.Fcntl(fd, FGetFl, 0), "fcntl(F_GETFL)");
        var wanted = value ? flags | (int)OpenFlags.NonBlocking : flags & ~(int)OpenFlags.NonBlocking;
        if (wanted != flags)
        {
            Check.Result(Libc.Fcntl(fd, FSetFl, wanted), "fcntl(F_SETFL)");
        }
    }

    /// <summary>Sets or clears FD_CLOEXEC.</summary>
    public static void SetCloseOnExec(SafeHandle fd, bool value) =>
        Check.Result(Libc.Fcntl(fd, FSetFd, value ? 1 : 0), "fcntl(F_SETFD)");

    /// <summary>Whether the descriptor is closed by execve(2).</summary>
    public static bool IsCloseOnExec(SafeHandle fd) => (Check.Result(Libc.Fcntl(fd, FGetFd, 0), "fcntl(F_GETFD)") & 1) != 0;

    /// <summary>Marks the descriptors from <paramref name="first"/> on close-on-exec (close_range(2), CLOSE_RANGE_CLOEXEC).</summary>
    /// <remarks>For a process that was handed descriptors it does not know of. Nothing is closed: the runtime owns some.</remarks>
    public static void CloseRangeOnExec(int first) =>
        Check.Result(Libc.Syscall(Libc.SysCloseRange, first, int.MaxValue, 4, 0, 0), "close_range");

    /// <summary>A pipe, both ends close-on-exec and blocking.</summary>
    public static (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        var fds = stackalloc int[2];
        Check.Result(Libc.Pipe2(fds, CloseOnExec), "pipe2");
        return (new SafeFileHandle(fds[0], true), new SafeFileHandle(fds[1], true));
    }

    /// <summary>Guests may run kernels older than 5.6, which have no openat2(2); only walks without rules can be made there.</summary>
    private static SafeFileHandle OpenOnOldKernel(SafeHandle directory, byte* cpath, ulong flags, int mode, string path)
    {
        int fd;
        do
        {
            fd = Libc.OpenAt(directory, cpath, (int)flags, (uint)mode);
        }
        while (Check.Interrupted(fd));
        return Check.Handle(fd, "openat", path);
    }

    private static ulong OnThisMachine(OpenFlags flags)
    {
        var value = (ulong)flags | CloseOnExec;
        if (RuntimeInformation.ProcessArchitecture != Architecture.Arm64)
        {
            return value;
        }

        const ulong moved = (ulong)(OpenFlags.Direct | OpenFlags.Directory | OpenFlags.NoFollow);
        var translated = value & ~moved;
        translated |= flags.HasFlag(OpenFlags.Directory) ? 0x4000UL : 0;
        translated |= flags.HasFlag(OpenFlags.NoFollow) ? 0x8000UL : 0;
        translated |= flags.HasFlag(OpenFlags.Direct) ? 0x10000UL : 0;
        return translated;
    }
}
