using System.Runtime.InteropServices;
using Berth.Linux.Events;
using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Terminals;

/// <summary>A pseudoterminal, pty(7). Hand <see cref="Slave"/> to a child, then dispose it: the master ends when the last slave is closed.</summary>
public sealed unsafe class Pty : IDisposable
{
    private Pty(SafeFileHandle master, SafeFileHandle slave, int number)
    {
        Master = new ReactorStream(master, FileAccess.ReadWrite);
        Slave = slave;
        Number = number;
    }

    /// <summary>The side that the user sits at: what the program writes can be read here. Non-blocking.</summary>
    public ReactorStream Master { get; }

    /// <summary>The side that the program gets. Opened with O_NOCTTY.</summary>
    public SafeFileHandle Slave { get; }

    /// <summary>N of /dev/pts/N, in its devpts instance.</summary>
    public int Number { get; }

    /// <summary>The slave's path in its devpts instance: on the host for <see cref="Open"/>, inside for a container's.</summary>
    public string SlavePath => $"/dev/pts/{Number}";

    /// <summary>The window's size.</summary>
    public WindowSize WindowSize
    {
        get => Terminal.GetWindowSize(Master.Handle);
        set => Terminal.SetWindowSize(Master.Handle, value);
    }

    /// <summary>Makes one in the host's devpts.</summary>
    public static Pty Open(WindowSize size = default) => Finish(Fd.Open("/dev/ptmx", OpenFlags.ReadWrite | OpenFlags.NoControllingTerminal), size);

    /// <summary>Makes one in another devpts instance, so that ttyname(3) works for programs in that container.</summary>
    /// <param name="devpts">The root of the instance, for example /proc/PID/root/dev/pts opened with O_PATH.</param>
    /// <param name="size">The first size; default: left at 0 × 0.</param>
    public static Pty OpenIn(SafeHandle devpts, WindowSize size = default) => Finish(
        Fd.OpenAt2(devpts, "ptmx", OpenFlags.ReadWrite | OpenFlags.NoControllingTerminal | OpenFlags.NoFollow, 0,
            ResolveFlags.Beneath | ResolveFlags.NoSymlinks | ResolveFlags.NoMountPoints), size);

    public void Dispose()
    {
        Slave.Dispose();
        Master.Dispose();
    }

    private static Pty Finish(SafeFileHandle master, WindowSize size)
    {
        try
        {
            int unlocked = 0, number;
            Check.Result(Libc.Ioctl(master, Libc.TiocSPtLck, &unlocked), "ioctl(TIOCSPTLCK)");
            Check.Result(Libc.Ioctl(master, Libc.TiocGPtN, &number), "ioctl(TIOCGPTN)");
            if (size != default)
            {
                Terminal.SetWindowSize(master, size);
            }

            // By ioctl and not by path: the instance may not be mounted here, or somebody may have mounted something else over it.
            const nint flags = (nint)(OpenFlags.ReadWrite | OpenFlags.NoControllingTerminal) | 0x80000;
            return new Pty(master, Check.Handle(Libc.Ioctl(master, Libc.TiocGPtPeer, flags), "ioctl(TIOCGPTPEER)"), number);
        }
        catch
        {
            master.Dispose();
            throw;
        }
    }
}
