using System.Runtime.InteropServices;
using System.Text;
using Berth.Linux.Interop;

namespace Berth.Linux.Trees;

public sealed unsafe partial class TreeCopier
{
    /// <summary>
    /// Makes <paramref name="to"/> what <paramref name="from"/> is, and touches only what differs. A file counts as the same when its kind,
    /// size, time of change, owner and mode are.
    /// </summary>
    /// <param name="links">As <see cref="Copy"/>; it may be inside <paramref name="to"/>.</param>
    public static void Update(string from, string to, string links, IdShift shift, CancellationToken cancel) =>
        Run(from, to, links, shift, update: true, cancel);

    /// <summary>What is at the target already and may stay; what may not is removed.</summary>
    private TreeStat? Present(Level level, byte[] name, TreeStat source)
    {
        TreeStat target;
        try
        {
            target = TreeStat.Of(level.Target, name);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            return null;
        }

        var again = source.Links > 1 && source.Type != TreeStat.Directory && _linked.Contains((source.FileSystem, source.Inode));
        if (target.Type == source.Type && (source.Type == TreeStat.Directory || (!again && IsSame(source, target))))
        {
            return target;
        }

        RemoveEntry(level.Target, name, target.Type == TreeStat.Directory);
        return null;
    }

    private bool IsSame(TreeStat source, TreeStat target) =>
        source.Mode == target.Mode && _shift.Apply(source.Uid) == target.Uid && _shift.Apply(source.Gid) == target.Gid
        && source.Modified == target.Modified && source.Device == target.Device
        && (source.Type is not (TreeStat.Regular or TreeStat.SymbolicLink) || source.Size == target.Size);

    /// <summary>Further names of a file that stays are linked to it.</summary>
    private void Remember(Level level, byte[] name, TreeStat stat)
    {
        if (stat.Links > 1 && _linked.Add((stat.FileSystem, stat.Inode)))
        {
            Link(level.Target, name, _links, LinkName(stat));
        }
    }

    private void RemoveOthers(Level level)
    {
        var wanted = level.Entries.Select(e => Encoding.Latin1.GetString(e.Name)).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in TreeEntry.ReadAll(level.Target))
        {
            if (!wanted.Contains(Encoding.Latin1.GetString(entry.Name)) && TreeStat.Of(level.Target, entry.Name) is var stat && stat.Inode != TreeStat.Of(_links).Inode)
            {
                RemoveEntry(level.Target, entry.Name, stat.Type == TreeStat.Directory);
            }
        }
    }

    private void RemoveEntry(SafeHandle directory, byte[] name, bool isDirectory)
    {
        if (isDirectory)
        {
            TreeRemover.RemoveAt(directory, name, _cancel);
            return;
        }

        fixed (byte* path = name)
        {
            Check.Result(Libc.UnlinkAt(directory, path, 0), "unlinkat", Text(name));
        }
    }
}
