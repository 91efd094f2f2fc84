using System.Runtime.InteropServices;

namespace Berth.Linux.Trees;

/// <summary>What a tree occupies on the disk.</summary>
public static class TreeUsage
{
    /// <summary>Bytes that one file occupies.</summary>
    public static long OfFile(string path)
    {
        using var fd = Fd.Open(path, OpenFlags.Path);
        return TreeStat.Of(fd).Blocks * 512;
    }

    /// <summary>Bytes of all files and directories below <paramref name="path"/>, hard links counted once (what du(1) says).</summary>
    /// <remarks>A tree that changes meanwhile is counted as well as it can be.</remarks>
    public static long Bytes(string path, CancellationToken cancel)
    {
        var linked = new HashSet<ulong>();
        using var root = Fd.Open(path, OpenFlags.ReadOnly | OpenFlags.Directory);
        return TreeStat.Of(root).Blocks * 512 + Below(root, linked, depth: 0, cancel);
    }

    private static long Below(SafeHandle directory, HashSet<ulong> linked, int depth, CancellationToken cancel)
    {
        const int deepest = 256;
        cancel.ThrowIfCancellationRequested();
        long bytes = 0;
        foreach (var entry in TreeEntry.ReadAll(directory))
        {
            try
            {
                var stat = TreeStat.Of(directory, entry.Name);
                var again = stat.Links > 1 && stat.Type != TreeStat.Directory && !linked.Add(stat.Inode);
                bytes += again ? 0 : stat.Blocks * 512;
                if (stat.Type == TreeStat.Directory && depth < deepest)
                {
                    using var below = Fd.OpenAt2(
                        directory, entry.Name, "(tree)", OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow, 0, ResolveFlags.NoMountPoints);
                    bytes += Below(below, linked, depth + 1, cancel);
                }
            }
            catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP)
            {
                // Gone, or something else, since the directory was read.
            }
        }

        return bytes;
    }
}
