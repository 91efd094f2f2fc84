using System.Runtime.InteropServices;
using Berth.Linux.Interop;
using Berth.Linux.Trees;

namespace Berth.Linux.Files;

public static unsafe partial class Btrfs
{
    /// <summary>
    /// For <see cref="TreeRemover"/>: deletes a directory at once if it is a subvolume; its space is given back in the background.
    /// </summary>
    /// <returns>False: it is no subvolume, or others are inside, which have to go first.</returns>
    public static bool TryDeleteSubvolume(SafeHandle directory, SafeHandle parent, ReadOnlyMemory<byte> name)
    {
        const int nameOffset = 8;
        if (TreeStat.Of(directory).Inode != RootInode || !IsBtrfs(Fd.ProcPath(directory)))
        {
            return false;
        }

        var arguments = stackalloc byte[ArgsSize];
        new Span<byte>(arguments, ArgsSize).Clear();
        name.Span.CopyTo(new Span<byte>(arguments + nameOffset, ArgsSize - nameOffset));
        if (Libc.Ioctl(parent, SnapDestroy, arguments) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() == Errno.ENOTEMPTY ? false : throw LinuxException.Last("ioctl(BTRFS_IOC_SNAP_DESTROY)");
    }
}
