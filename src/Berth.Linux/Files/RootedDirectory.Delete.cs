using System.Runtime.InteropServices;
using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Files;

public sealed partial class RootedDirectory
{
    /// <summary>Below this depth a directory is moved up before it is emptied, so that no tree is too deep for the descriptors there are.</summary>
    private const int DeepEnough = 256;

    /// <summary>Where directories cannot be moved, this is the end.</summary>
    private const int Deepest = 2000;

    /// <summary>Deletes a file, a link (never what it points to), or a directory.</summary>
    /// <param name="path">The root itself cannot be deleted.</param>
    /// <param name="recursive">With everything in the directory; what is mounted there is not entered.</param>
    /// <exception cref="LinuxException">ENOTEMPTY: not recursive, or somebody goes on filling it; EBUSY, EXDEV: something is mounted there.</exception>
    public void Delete(string path, bool recursive)
    {
        using var parent = OpenParent(path, out var name);
        if (TryUnlink(parent, name, path, recursive))
        {
            return;
        }

        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            while (EmptyFromTop(parent, name, path) > 0)
            {
                // What was too deep lies on top now.
            }

            if (TryUnlink(parent, name, path, attempt < Attempts))
            {
                return;
            }
        }
    }

    /// <returns>How many directories were moved up instead of emptied.</returns>
    private static int EmptyFromTop(SafeFileHandle parent, byte[] name, string path)
    {
        using var top = OpenToEmpty(parent, name, path);
        var moved = 0;
        Empty(top, path, top, 0, ref moved);
        return moved;
    }

    private static SafeFileHandle OpenToEmpty(SafeFileHandle parent, byte[] name, string path) => Fd.OpenAt2(
        parent, name, path, OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow | OpenFlags.NonBlocking, 0, OneStep | ResolveFlags.NoMountPoints);

    /// <returns>False: a directory with something in it.</returns>
    private static unsafe bool TryUnlink(SafeFileHandle parent, byte[] name, string path, bool mayBeFull)
    {
        fixed (byte* pointer = name)
        {
            if (Libc.UnlinkAt(parent, pointer, 0) >= 0)
            {
                return true;
            }

            // Linux says EISDIR for a directory, POSIX would have EPERM.
            var errno = Marshal.GetLastPInvokeError();
            if (errno is not (Errno.EISDIR or Errno.EPERM))
            {
                throw new LinuxException(errno, "unlink", path);
            }

            if (Libc.UnlinkAt(parent, pointer, Libc.AtRemoveDir) >= 0)
            {
                return true;
            }

            errno = Marshal.GetLastPInvokeError();
            return mayBeFull && errno is Errno.ENOTEMPTY or Errno.EEXIST
                ? false
                : throw new LinuxException(errno, "rmdir", path);
        }
    }

    private static void Empty(SafeFileHandle directory, string path, SafeFileHandle top, int depth, ref int moved)
    {
        foreach (var entry in DirectoryEntries.Read(directory))
        {
            try
            {
                Remove(directory, entry.Name, path, top, depth, ref moved);
            }
            catch (LinuxException e) when (e.Errno == Errno.ENOENT)
            {
                // Somebody else deletes here too.
            }
        }
    }

    private static void Remove(SafeFileHandle directory, byte[] name, string path, SafeFileHandle top, int depth, ref int moved)
    {
        if (TryUnlink(directory, name, path, mayBeFull: true))
        {
            return;
        }

        if (depth >= DeepEnough && TryMoveUp(directory, name, top))
        {
            moved++;
            return;
        }

        if (depth >= Deepest)
        {
            throw new LinuxException(Errno.ELOOP, $"delete deeper than {Deepest} directories", path);
        }

        using (var below = OpenToEmpty(directory, name, path))
        {
            Empty(below, path, top, depth + 1, ref moved);
        }

        // Filled again meanwhile: the next pass over the whole finds it.
        TryUnlink(directory, name, path, mayBeFull: true);
    }

    /// <returns>False: this file system does not let it move (overlay, for what comes from the image).</returns>
    private static unsafe bool TryMoveUp(SafeFileHandle directory, byte[] name, SafeFileHandle top)
    {
        fixed (byte* from = name)
        fixed (byte* to = CString.Encode($".berth-deleted-{Guid.NewGuid():N}"))
        {
            return Libc.RenameAt(directory, from, top, to) >= 0;
        }
    }
}
