using System.Runtime.InteropServices;
using Berth.Linux.Interop;
using Berth.Linux.Trees;

namespace Berth.Linux.Files;

/// <summary>The device that a file is attached to already.</summary>
public sealed unsafe partial class LoopDevice
{
    private const nuint LoopGetStatus = 0x4C05;

    /// <summary>Two devices on one file would be two caches of one filesystem.</summary>
    private static readonly Lock OnePerFile = new();

    /// <summary>The device that a file is attached to; attaches it, with direct I/O, where it is not yet.</summary>
    /// <param name="file">An existing file; its name should tell it from other people's.</param>
    /// <exception cref="LinuxException">As <see cref="Attach"/>.</exception>
    public static LoopDevice Share(string file)
    {
        using var backing = Fd.Open(file, OpenFlags.ReadWrite);
        lock (OnePerFile)
        {
            return Find(backing, file) ?? Attach(file, directIo: true);
        }
    }

    /// <summary>Whether a file is attached: something has it mounted.</summary>
    public static bool IsAttached(string file)
    {
        using var backing = Fd.Open(file, OpenFlags.ReadOnly);
        lock (OnePerFile)
        {
            using var device = Find(backing, file);
            return device is not null;
        }
    }

    private static LoopDevice? Find(SafeHandle backing, string file)
    {
        var wanted = TreeStat.Of(backing);
        var name = System.IO.Path.GetFileName(file);
        foreach (var block in Directory.EnumerateDirectories("/sys/block", "loop*"))
        {
            // Only devices on a file of that name are opened: the others are somebody else's.
            if (BackingFile(block) is { } path && System.IO.Path.GetFileName(path) == name
                && TryOpen("/dev/" + System.IO.Path.GetFileName(block)) is { } device)
            {
                if (IsOn(device.Handle, wanted))
                {
                    return device;
                }

                device.Dispose();
            }
        }

        return null;
    }

    private static bool IsOn(SafeHandle device, TreeStat file)
    {
        const int size = 232;
        var status = stackalloc byte[size];
        return Libc.Ioctl(device, LoopGetStatus, status) == 0 && *(ulong*)status == file.FileSystem && *(ulong*)(status + 8) == file.Inode;
    }

    private static LoopDevice? TryOpen(string path)
    {
        try
        {
            return new LoopDevice(path, Fd.Open(path, OpenFlags.ReadWrite));
        }
        catch (LinuxException e) when (e.Errno is Errno.ENXIO or Errno.ENOENT or Errno.ENODEV)
        {
            return null;
        }
    }

    private static string? BackingFile(string block)
    {
        try
        {
            return Fd.ReadText(block + "/loop/backing_file");
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENXIO or Errno.ENODEV or Errno.EIO)
        {
            // Detached, perhaps just now.
            return null;
        }
    }
}
