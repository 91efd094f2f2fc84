using System.Runtime.InteropServices;
using Berth.Linux.Interop;

namespace Berth.Linux.Files;

public static unsafe partial class FileOperations
{
    /// <summary>Gives an entry, a symbolic link itself too, to an owner (lchown(2)); null leaves the present one.</summary>
    public static void SetOwner(string path, uint? uid, uint? gid)
    {
        fixed (byte* cpath = CString.Encode(path))
        {
            var result = Libc.FChOwnAt(Fd.CurrentDirectory, cpath, uid ?? uint.MaxValue, gid ?? uint.MaxValue, Libc.AtSymlinkNoFollow);
            Check.Result(result, "lchown", path);
        }
    }

    /// <summary>Removes an empty directory, rmdir(2), or any other entry, unlink(2).</summary>
    public static void Remove(string path, bool directory)
    {
        fixed (byte* cpath = CString.Encode(path))
        {
            Check.Result(
                Libc.UnlinkAt(Fd.CurrentDirectory, cpath, directory ? Libc.AtRemoveDir : 0), directory ? "rmdir" : "unlink", path);
        }
    }

    /// <summary>Makes a directory, mkdir(2).</summary>
    public static void MakeDirectory(string path, uint mode)
    {
        fixed (byte* cpath = CString.Encode(path))
        {
            Check.Result(Libc.MkDirAt(Fd.CurrentDirectory, cpath, mode), "mkdir", path);
        }
    }

    /// <summary>Gives bytes of a file back to the file system; its size stays, the range reads as zeros (fallocate(2), PUNCH_HOLE).</summary>
    /// <returns>False: the file system cannot.</returns>
    public static bool TryPunchHole(SafeHandle file, long offset, long length)
    {
        const int KeepSize = 1;
        const int PunchHole = 2;
        int result;
        do
        {
            result = Libc.FAllocate(file, KeepSize | PunchHole, offset, length);
        }
        while (Check.Interrupted(result));
        return result >= 0 || (Marshal.GetLastPInvokeError() == Errno.EOPNOTSUPP ? false : throw LinuxException.Last("fallocate(PUNCH_HOLE)"));
    }
}
