using System.Runtime.InteropServices;
using Berth.Linux.Interop;

namespace Berth.Linux.Files;

/// <summary>What the runtime's File class has no call for.</summary>
public static unsafe partial class FileOperations
{
    /// <summary>Renames as renameat2(2).</summary>
    /// <exception cref="LinuxException">EEXIST with NoReplace; EINVAL: the file system does not know the flag.</exception>
    public static void Rename(string from, string to, RenameFlags flags = RenameFlags.None)
    {
        fixed (byte* fromPointer = CString.Encode(from))
        fixed (byte* toPointer = CString.Encode(to))
        {
            Check.Result(Libc.Syscall(Libc.SysRenameAt2, Fd.CurrentDirectory, fromPointer, Fd.CurrentDirectory, toPointer, (nint)flags), "renameat2", $"{from} → {to}");
        }
    }

    /// <summary>Makes a directory's entries durable: after a file was made, renamed or deleted in it.</summary>
    public static void SyncDirectory(string path)
    {
        using var directory = Fd.Open(path, OpenFlags.Directory);
        Check.Result(Libc.FSync(directory), "fsync", path);
    }

    /// <summary>Makes a file's content durable (fsync(2)).</summary>
    public static void Sync(SafeHandle file) => Check.Result(Libc.FSync(file), "fsync");

    /// <summary>Makes a whole file system durable (syncfs(2)).</summary>
    public static void SyncFileSystem(string path)
    {
        using var fd = Fd.Open(path, OpenFlags.ReadOnly);
        Check.Result(Libc.SyncFs(fd), "syncfs", path);
    }

    /// <summary>What kind of file system a path is on, and how much room there is.</summary>
    public static FileSystemStatus StatFileSystem(string path)
    {
        using var fd = Fd.Open(path, OpenFlags.Path);

        // struct statfs of 64-bit Linux: f_type, f_bsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree, each 8 bytes.
        var buffer = stackalloc long[32];
        Check.Result(Libc.FStatFs(fd, buffer), "statfs", path);
        return new FileSystemStatus((uint)buffer[0], buffer[2] * buffer[1], buffer[3] * buffer[1], buffer[4] * buffer[1], buffer[5], buffer[6]);
    }

    /// <summary>Reserves disk space for a file and makes it that long (fallocate(2)).</summary>
    public static void Allocate(SafeHandle file, long length)
    {
        int result;
        do
        {
            result = Libc.FAllocate(file, 0, 0, length);
        }
        while (Check.Interrupted(result));
        Check.Result(result, "fallocate");
    }

    /// <summary>Sets an extended attribute, of a symbolic link itself.</summary>
    public static void SetExtendedAttribute(string path, string name, ReadOnlySpan<byte> value)
    {
        fixed (byte* pointer = value)
        {
            Check.Result(Libc.LSetXAttr(path, name, pointer, (nuint)value.Length, 0), "lsetxattr", $"{path} {name}");
        }
    }

    /// <summary>Reads an extended attribute; null when it is not set.</summary>
    public static byte[]? GetExtendedAttribute(string path, string name)
    {
        const int most = 65536;
        var value = new byte[most];
        fixed (byte* pointer = value)
        {
            var n = Libc.LGetXAttr(path, name, pointer, most);
            return n < 0 && Marshal.GetLastPInvokeError() == Errno.ENODATA ? null : value[..(int)Check.Result(n, "lgetxattr", $"{path} {name}")];
        }
    }

    /// <summary>Removes an extended attribute; none is fine.</summary>
    public static void RemoveExtendedAttribute(string path, string name)
    {
        if (Libc.LRemoveXAttr(path, name) < 0 && Marshal.GetLastPInvokeError() != Errno.ENODATA)
        {
            throw LinuxException.Last("lremovexattr", $"{path} {name}");
        }
    }
}
