using System.Runtime.InteropServices;
using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Mounts;

/// <summary>
/// The kernel's mount calls on descriptors (open_tree, mount_setattr, fsopen, fsmount, move_mount). A mount that was made but not moved
/// anywhere is detached: it works through its descriptor and vanishes when that is closed, so a crash leaves nothing behind.
/// </summary>
public static unsafe class MountApi
{
    private const nint CloneFlag = 1;
    private const nint CloseOnExec = 0x80000;
    private const nint AtRecursive = 0x8000;
    private const ulong IdMapAttribute = 0x100000;
    private const int SetFlag = 0;
    private const int SetString = 1;
    private const int CmdCreate = 6;

    /// <summary>A detached copy of the mount at a path: a bind mount without a place (open_tree(2), OPEN_TREE_CLONE).</summary>
    /// <param name="path">What to clone; symbolic links are followed.</param>
    /// <param name="recursive">With all mounts below.</param>
    public static SafeFileHandle CloneTree(string path, bool recursive)
    {
        using var fd = Fd.Open(path, OpenFlags.Path);
        return CloneTree(fd, recursive, path);
    }

    /// <summary>A detached copy of what a descriptor refers to: a directory or a file (open_tree(2)).</summary>
    public static SafeFileHandle CloneTree(SafeHandle fd, bool recursive, string? name = null)
    {
        fixed (byte* empty = "\0"u8)
        {
            var flags = CloneFlag | CloseOnExec | Libc.AtEmptyPath | (recursive ? AtRecursive : 0);
            return Check.Handle(Libc.Syscall(Libc.SysOpenTree, fd, empty, (void*)flags, 0, 0), "open_tree", name);
        }
    }

    /// <summary>Changes a mount (mount_setattr(2)).</summary>
    /// <param name="mount">A detached mount, or the root of an attached one.</param>
    /// <param name="set">Attributes to set.</param>
    /// <param name="clear">Attributes to clear.</param>
    /// <param name="propagation">New propagation.</param>
    /// <param name="userNamespace">Id-map the mount by this namespace's map; only once, and only while the mount is detached.</param>
    /// <param name="recursive">All mounts below too.</param>
    /// <exception cref="LinuxException">EINVAL: the file system cannot be id-mapped, or the mount is or was attached.</exception>
    public static void SetAttributes(
        SafeHandle mount,
        MountAttributes set = MountAttributes.None,
        MountAttributes clear = MountAttributes.None,
        MountPropagation propagation = MountPropagation.Unchanged,
        SafeHandle? userNamespace = null,
        bool recursive = false)
    {
        var referenced = false;
        userNamespace?.DangerousAddRef(ref referenced);
        try
        {
            var attributes = stackalloc ulong[4]
            {
                (ulong)set | (userNamespace is null ? 0 : IdMapAttribute),
                (ulong)clear,
                (ulong)propagation,
                userNamespace is null ? 0 : (ulong)userNamespace.DangerousGetHandle(),
            };
            fixed (byte* empty = "\0"u8)
            {
                var flags = Libc.AtEmptyPath | (recursive ? AtRecursive : 0);
                Check.Result(Libc.Syscall(Libc.SysMountSetAttr, mount, empty, (void*)flags, (nint)attributes, 32), "mount_setattr");
            }
        }
        finally
        {
            if (referenced)
            {
                userNamespace!.DangerousRelease();
            }
        }
    }

    /// <summary>A new file system as a detached mount (fsopen(2), fsconfig(2), fsmount(2)).</summary>
    /// <param name="type">tmpfs, overlay, ext4, btrfs, …</param>
    /// <param name="options">Mount options in order; "source" is the device; a null value is a flag such as "ro".</param>
    /// <param name="attributes">Attributes of the mount.</param>
    /// <exception cref="LinuxException">With what the file system says about the reason, where it says something.</exception>
    public static SafeFileHandle CreateFileSystem(
        string type, IEnumerable<KeyValuePair<string, string?>> options, MountAttributes attributes = MountAttributes.None)
    {
        SafeFileHandle context;
        fixed (byte* name = CString.Encode(type))
        {
            context = Check.Handle(Libc.Syscall(Libc.SysFsOpen, (nint)name, 1, 0, 0, 0), "fsopen", type);
        }

        using (context)
        {
            foreach (var (key, value) in options)
            {
                Configure(context, type, value is null ? SetFlag : SetString, key, value);
            }

            Configure(context, type, CmdCreate, null, null);
            return Check.Handle(Libc.Syscall(Libc.SysFsMount, context, 1, (nint)attributes, 0, 0), "fsmount", type);
        }
    }

    /// <summary>Attaches a detached mount (or moves an attached one) onto a path; the last component may be a symbolic link only to be refused.</summary>
    public static void Move(SafeHandle mount, string target)
    {
        using var to = Fd.Open(target, OpenFlags.Path | OpenFlags.NoFollow);
        Move(mount, to, target);
    }

    /// <summary>Attaches a detached mount (or moves an attached one) onto what a descriptor refers to (move_mount(2)).</summary>
    public static void Move(SafeHandle mount, SafeHandle target, string? name = null)
    {
        fixed (byte* empty = "\0"u8)
        {
            Check.Result(Libc.Syscall(Libc.SysMoveMount, mount, empty, target, empty, 0x4 | 0x40), "move_mount", name);
        }
    }

    /// <summary>Unmounts (umount2(2)); a symbolic link is not followed.</summary>
    /// <param name="target">The mount point.</param>
    /// <param name="detach">MNT_DETACH: out of sight at once, gone when the last user is.</param>
    public static void Unmount(string target, bool detach = true) =>
        Check.Result(Libc.Umount2(target, (detach ? 2 : 0) | 8), "umount2", target);

    /// <summary>Unmounts everything at a path and below it, the last mount first.</summary>
    /// <returns>How many mounts there were.</returns>
    public static int UnmountTree(string target)
    {
        var mounts = MountTable.Read().Below(target);
        foreach (var mount in mounts.Reverse())
        {
            try
            {
                Unmount(mount.MountPoint);
            }
            catch (LinuxException e) when (e.Errno == Errno.EINVAL)
            {
                // Gone with a mount that it was below, or by its owner.
            }
        }

        return mounts.Count;
    }

    private static void Configure(SafeFileHandle context, string type, int command, string? key, string? value)
    {
        fixed (byte* keyPointer = key is null ? null : CString.Encode(key))
        fixed (byte* valuePointer = value is null ? null : CString.Encode(value))
        {
            if (Libc.Syscall(Libc.SysFsConfig, context, command, keyPointer, valuePointer, 0) >= 0)
            {
                return;
            }
        }

        var errno = Marshal.GetLastPInvokeError();
        var what = key is null ? type : value is null ? $"{type} {key}" : $"{type} {key}={value}";
        throw new LinuxException(errno, "fsconfig", Messages(context) is { Length: > 0 } said ? $"{what} ({said})" : what);
    }

    /// <summary>The messages the kernel queued on the context: one per read, "e overlay: why".</summary>
    private static string Messages(SafeFileHandle context)
    {
        var messages = new List<string>();
        var buffer = new byte[1024];
        try
        {
            while (Fd.TryRead(context, buffer) is > 0 and var n)
            {
                messages.Add(System.Text.Encoding.UTF8.GetString(buffer, 0, n).TrimEnd());
            }
        }
        catch (LinuxException)
        {
            // ENODATA: no more messages.
        }

        return string.Join("; ", messages);
    }
}
