using System.Runtime.InteropServices;
using System.Text;
using Berth.Linux.Files;
using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Trees;

/// <summary>
/// Copies a directory tree with all that an overlay's upper directory or a root can hold: owners (moved to another id range), modes,
/// times, hard links, holes, extended attributes, ACLs, capabilities, devices and whiteouts. File contents are shared where the
/// filesystem can. Names are bytes; no symbolic link is followed. Nobody may change the source meanwhile.
/// </summary>
public sealed unsafe partial class TreeCopier
{
    /// <summary>Each level keeps two descriptors open.</summary>
    private const int Deepest = 1000;

    private readonly IdShift _shift;
    private readonly SafeFileHandle _links;
    private readonly bool _update;
    private readonly CancellationToken _cancel;
    private readonly HashSet<(ulong, ulong)> _linked = [];

    private TreeCopier(IdShift shift, SafeFileHandle links, bool update, CancellationToken cancel)
    {
        _shift = shift;
        _links = links;
        _update = update;
        _cancel = cancel;
    }

    /// <summary>Copies the content and the attributes of directory <paramref name="from"/> onto the empty directory <paramref name="to"/>.</summary>
    /// <param name="links">An empty directory on the filesystem of <paramref name="to"/>, outside it, to find hard links again; removed.</param>
    /// <exception cref="LinuxException">ELOOP: more than 1000 levels; ENOSPC, EDQUOT; else what the calls say. What was copied stays.</exception>
    public static void Copy(string from, string to, string links, IdShift shift, CancellationToken cancel) =>
        Run(from, to, links, shift, update: false, cancel);

    private static void Run(string from, string to, string links, IdShift shift, bool update, CancellationToken cancel)
    {
        using var source = Fd.Open(from, OpenFlags.ReadOnly | OpenFlags.Directory);
        using var target = Fd.Open(to, OpenFlags.ReadOnly | OpenFlags.Directory);
        using (var linkDirectory = Fd.Open(links, OpenFlags.ReadOnly | OpenFlags.Directory))
        {
            new TreeCopier(shift, linkDirectory, update, cancel).CopyDirectory(source, target);
        }

        TreeRemover.Remove(links, null, cancel);
    }

    private void CopyDirectory(SafeFileHandle source, SafeFileHandle target)
    {
        var open = new Stack<Level>();
        open.Push(new Level(source, target, TreeStat.Of(source)));
        try
        {
            while (open.Count > 0)
            {
                _cancel.ThrowIfCancellationRequested();
                var level = open.Peek();
                if (level.Next < level.Entries.Count)
                {
                    if (CopyEntry(level, level.Entries[level.Next++].Name) is { } below)
                    {
                        open.Push(open.Count < Deepest ? below : throw TooDeep(below));
                    }
                }
                else
                {
                    Finish(level);
                    Close(open.Pop(), keep: open.Count == 0);
                }
            }
        }
        finally
        {
            while (open.TryPop(out var level))
            {
                Close(level, keep: open.Count == 0);
            }
        }
    }

    /// <returns>The directory to go into; null when the entry is no directory.</returns>
    private Level? CopyEntry(Level level, byte[] name)
    {
        var stat = TreeStat.Of(level.Source, name);
        var present = _update ? Present(level, name, stat) : null;
        if (stat.Type == TreeStat.Directory)
        {
            return EnterDirectory(level, name, stat, make: present is null);
        }

        if (present is not null)
        {
            Remember(level, name, stat);
            return null;
        }

        if (stat.Links > 1 && !_linked.Add((stat.FileSystem, stat.Inode)))
        {
            Link(_links, LinkName(stat), level.Target, name);
            return null;
        }

        Make(level, name, stat);
        Dress(level, name, stat);
        if (stat.Links > 1)
        {
            Link(level.Target, name, _links, LinkName(stat));
        }

        return null;
    }

    private static Level EnterDirectory(Level level, byte[] name, TreeStat stat, bool make)
    {
        const OpenFlags flags = OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow;
        if (make)
        {
            fixed (byte* path = name)
            {
                Check.Result(Libc.MkDirAt(level.Target, path, 0x1c0), "mkdirat", Text(name));
            }
        }

        var source = Fd.OpenAt2(level.Source, name, Text(name), flags, 0, ResolveFlags.NoMountPoints);
        try
        {
            return new Level(source, Fd.OpenAt2(level.Target, name, Text(name), flags, 0, ResolveFlags.NoMountPoints), stat);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private void Make(Level level, byte[] name, TreeStat stat)
    {
        fixed (byte* path = name)
        {
            switch (stat.Type)
            {
                case TreeStat.Regular:
                    using (var from = Fd.OpenAt2(level.Source, name, Text(name), OpenFlags.ReadOnly | OpenFlags.NoFollow, 0, ResolveFlags.None))
                    using (var to = Fd.OpenAt2(
                        level.Target, name, Text(name), OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive, 0x180, ResolveFlags.None))
                    {
                        FileCopy.Copy(from, to, null, _cancel);
                    }

                    break;
                case TreeStat.SymbolicLink:
                    var target = stackalloc byte[4097];
                    var length = Check.Result(Libc.ReadLinkAt(level.Source, path, target, 4096), "readlinkat", Text(name));
                    target[length] = 0;
                    Check.Result(Libc.SymLinkAt(target, level.Target, path), "symlinkat", Text(name));
                    break;
                default:
                    Check.Result(Libc.MkNodAt(level.Target, path, (uint)(stat.Type | 0x180), stat.Device), "mknodat", Text(name));
                    break;
            }
        }
    }

    /// <summary>Owner first: a change of it takes set-user-ID bits and capabilities away. Times last.</summary>
    private void Dress(Level level, byte[] name, TreeStat stat)
    {
        var times = stackalloc long[4] { stat.Accessed.Seconds, stat.Accessed.Nanoseconds, stat.Modified.Seconds, stat.Modified.Nanoseconds };
        fixed (byte* path = name)
        {
            Check.Result(Libc.FChOwnAt(level.Target, path, _shift.Apply(stat.Uid), _shift.Apply(stat.Gid), Libc.AtSymlinkNoFollow), "fchownat", Text(name));
            if (stat.Type != TreeStat.SymbolicLink)
            {
                Check.Result(Libc.FChModAt(level.Target, path, (uint)(stat.Mode & ~TreeStat.TypeMask), 0), "fchmodat", Text(name));
            }

            TreeXAttrs.Copy(PathOf(level.Source, name), PathOf(level.Target, name), _shift);
            Check.Result(Libc.UTimeNsAt(level.Target, path, times, Libc.AtSymlinkNoFollow), "utimensat", Text(name));
        }
    }

    /// <summary>A directory is dressed when it is full, because filling it changes its times.</summary>
    private void Finish(Level level)
    {
        if (_update)
        {
            RemoveOthers(level);
        }

        Dress(level, ".\0"u8.ToArray(), level.Stat);
    }

    private static void Link(SafeHandle fromDirectory, byte[] from, SafeHandle toDirectory, byte[] to)
    {
        fixed (byte* source = from, target = to)
        {
            Check.Result(Libc.LinkAt(fromDirectory, source, toDirectory, target, 0), "linkat", Text(to));
        }
    }

    private static byte[] LinkName(TreeStat stat) => CString.Encode($"{stat.FileSystem:x}-{stat.Inode}");

    private static byte[] PathOf(SafeHandle directory, byte[] name) => [.. Encoding.ASCII.GetBytes(Fd.ProcPath(directory) + "/"), .. name];

    private static string Text(byte[] name) => Encoding.UTF8.GetString(name.AsSpan()[..^1]);

    private static LinuxException TooDeep(Level level)
    {
        Close(level, keep: false);
        return new LinuxException(Errno.ELOOP, "copy", $"a directory more than {Deepest} levels deep");
    }

    private static void Close(Level level, bool keep)
    {
        if (!keep)
        {
            level.Source.Dispose();
            level.Target.Dispose();
        }
    }

    private sealed class Level(SafeFileHandle source, SafeFileHandle target, TreeStat stat)
    {
        public SafeFileHandle Source { get; } = source;

        public SafeFileHandle Target { get; } = target;

        public TreeStat Stat { get; } = stat;

        public List<TreeEntry> Entries { get; } = TreeEntry.ReadAll(source);

        public int Next { get; set; }
    }
}
