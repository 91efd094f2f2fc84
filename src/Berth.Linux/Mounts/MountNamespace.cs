using System.Runtime.InteropServices;
using Berth.Linux.Files;
using Berth.Linux.Interop;
using Berth.Linux.Namespaces;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Mounts;

/// <summary>Mounts in the mount namespace of somebody else, for example a container that runs. The host's namespace is not touched.</summary>
public static class MountNamespace
{
    private const int CloneFs = 0x200;
    private const int CloneNewNs = 0x20000;
    private const int MostLayers = 16;

    /// <summary>A directory that every host has, and that a thread's own namespace can do without.</summary>
    private const string Scratch = "/dev";

    /// <summary>Attaches a detached mount to a path that is there.</summary>
    /// <param name="mount">A directory or a file; it must go where one of its kind is.</param>
    /// <param name="recursive">With the mounts below it.</param>
    /// <param name="mounts">/proc/PID/ns/mnt. Its root is the root of <paramref name="target"/>, whatever links lie on the way.</param>
    /// <param name="propagation">How it is to be attached.</param>
    /// <exception cref="LinuxException">ENOENT: no such path; ENOTDIR: a directory on a file, or the reverse.</exception>
    /// <remarks>
    /// Were the mount attached as it is, the container's root could make a read-only one writable again. So it first passes through a
    /// namespace of less privilege, where the kernel locks its attributes (mount_namespaces(7)).
    /// </remarks>
    public static void Attach(SafeHandle mount, bool recursive, SafeHandle mounts, string target, MountPropagation propagation = MountPropagation.Unchanged) =>
        InOwn(() =>
        {
            using var locked = Lock(mount, recursive);
            Enter(mounts);
            using var place = OpenInRoot(target);
            MountApi.Move(locked, place, target);
            if (propagation != MountPropagation.Unchanged)
            {
                MountApi.SetAttributes(locked, propagation: propagation, recursive: recursive);
            }

            return true;
        });

    /// <summary>Unmounts what is at a path; who has files of it open keeps them.</summary>
    /// <returns>False: nothing is mounted there.</returns>
    public static bool Detach(SafeHandle mounts, string target) => NamespaceThread.Run(() =>
    {
        Check.Result(Libc.Unshare(CloneFs), "unshare(CLONE_FS)");
        Enter(mounts);
        for (var count = 0; count < MostLayers; count++)
        {
            try
            {
                MountApi.Unmount(target);
            }
            catch (LinuxException e) when (e.Errno is Errno.EINVAL or Errno.ENOENT)
            {
                return count > 0;
            }
        }

        return true;
    });

    /// <summary>A device node as a detached mount of that one file.</summary>
    /// <param name="type">Character or block device.</param>
    /// <param name="attributes">Owner (ids of the host) and mode.</param>
    public static SafeFileHandle CreateNode(FileType type, int major, int minor, FileAttributeChange attributes) => InOwn(() =>
    {
        using var directory = NewScratch();
        using (var tree = new RootedDirectory(Fd.Open(Scratch, OpenFlags.Path | OpenFlags.Directory)))
        {
            tree.MakeNode("node", type, major, minor, attributes);
        }

        return MountApi.CloneTree($"{Scratch}/node", recursive: false);
    });

    private static SafeFileHandle Lock(SafeHandle mount, bool recursive)
    {
        var isDirectory = FileStatus.Of(mount).Type == FileType.Directory;
        using var scratch = NewScratch();
        var place = isDirectory ? $"{Scratch}/directory" : $"{Scratch}/file";
        if (isDirectory)
        {
            Directory.CreateDirectory(place);
        }
        else
        {
            File.Create(place).Dispose();
        }

        MountApi.Move(mount, place);
        using var less = new SleepingClone(SleepingClone.NewUser | SleepingClone.NewMounts);
        using var its = Fd.Open($"/proc/{less.Pid}/ns/mnt", OpenFlags.ReadOnly);
        Enter(its);
        return MountApi.CloneTree(place, recursive);
    }

    /// <summary>An empty file system at <see cref="Scratch"/>, in the thread's own namespace alone.</summary>
    private static SafeFileHandle NewScratch()
    {
        var scratch = MountApi.CreateFileSystem("tmpfs", [new("source", "berth"), new("mode", "0755")]);
        MountApi.Move(scratch, Scratch);
        return scratch;
    }

    private static T InOwn<T>(Func<T> work) => NamespaceThread.Run(() =>
    {
        Check.Result(Libc.Unshare(CloneNewNs), "unshare(CLONE_NEWNS)");
        using (var root = Fd.Open("/", OpenFlags.Path | OpenFlags.Directory))
        {
            MountApi.SetAttributes(root, propagation: MountPropagation.Private, recursive: true);
        }

        return work();
    });

    private static void Enter(SafeHandle mounts) => Check.Result(Libc.SetNs(mounts, CloneNewNs), "setns(CLONE_NEWNS)");

    private static SafeFileHandle OpenInRoot(string path)
    {
        using var root = Fd.Open("/", OpenFlags.Path | OpenFlags.Directory);
        return Fd.OpenAt2(root, path.TrimStart('/'), OpenFlags.Path, 0, ResolveFlags.InRoot | ResolveFlags.NoMagicLinks);
    }
}
