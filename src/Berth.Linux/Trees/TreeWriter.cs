using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Trees;

/// <summary>
/// Writes a tree that a stranger described, below one directory. Paths are relative, without <c>.</c> and <c>..</c>; on the way to a
/// name no symbolic link and no mount point is passed, so that nothing outside is ever touched. What is written later replaces what
/// has the same name, as tar does; a directory is never replaced. For one thread.
/// </summary>
public sealed unsafe class TreeWriter : IDisposable
{
    private const ResolveFlags Confined =
        ResolveFlags.Beneath | ResolveFlags.NoSymlinks | ResolveFlags.NoMagicLinks | ResolveFlags.NoMountPoints;

    private const int FifoType = 0x1000;

    private readonly SafeFileHandle _root;
    private readonly Dictionary<string, TreeAttributes> _directories = new(StringComparer.Ordinal);
    private SafeFileHandle? _parent;
    private string _parentPath = "";

    /// <param name="directory">Exists, and nobody else writes in it.</param>
    public TreeWriter(string directory) => _root = Fd.Open(directory, OpenFlags.ReadOnly | OpenFlags.Directory);

    /// <summary>Makes a directory, or takes one that is there; the empty path is the root. Its mode and time are set by <see cref="Complete"/>.</summary>
    public void AddDirectory(string path, TreeAttributes attributes)
    {
        if (path.Length > 0)
        {
            MakeDirectory(path);
        }

        _directories[path] = attributes;
    }

    /// <summary>Makes an empty file that only the owner may open; <see cref="Finish"/> gives it its attributes.</summary>
    /// <exception cref="LinuxException">EISDIR: a directory has this name. ELOOP, ENOTDIR: the path passes a link or a file.</exception>
    public SafeFileHandle AddFile(string path)
    {
        var (parent, name) = Place(path);
        RemoveFile(parent, name, path);
        return Fd.OpenAt2(parent, name, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow, 0x180, Confined);
    }

    /// <summary>Gives a written file its owner, mode, extended attributes and time, in the order in which none undoes another.</summary>
    public static void Finish(SafeFileHandle file, TreeAttributes attributes) => Apply(file, attributes);

    /// <summary>Makes a symbolic link; where it points is its own business.</summary>
    public void AddSymbolicLink(string path, string target, TreeAttributes attributes)
    {
        var (parent, name) = Place(path);
        RemoveFile(parent, name, path);
        fixed (byte* target0 = CString.Encode(target))
        fixed (byte* name0 = CString.Encode(name))
        {
            Check.Result(Libc.SymLinkAt(target0, parent, name0), "symlinkat", path);
            Check.Result(Libc.FChOwnAt(parent, name0, attributes.Uid, attributes.Gid, Libc.AtSymlinkNoFollow), "fchownat", path);
            SetTime(parent, name0, attributes.ModifiedNs, Libc.AtSymlinkNoFollow);
        }
    }

    /// <summary>Makes another name for a file of this tree (or for a link itself, not what it points to).</summary>
    public void AddHardLink(string path, string existing)
    {
        if (path == existing)
        {
            return;
        }

        var (from, fromName) = Split(existing);
        using var source = OpenDirectory(from);
        var (parent, name) = Place(path);
        RemoveFile(parent, name, path);
        fixed (byte* from0 = CString.Encode(fromName))
        fixed (byte* name0 = CString.Encode(name))
        {
            Check.Result(Libc.LinkAt(source, from0, parent, name0, 0), "linkat", $"{existing} → {path}");
        }
    }

    /// <summary>Makes a named pipe.</summary>
    public void AddFifo(string path, TreeAttributes attributes)
    {
        var (parent, name) = Place(path);
        RemoveFile(parent, name, path);
        fixed (byte* name0 = CString.Encode(name))
        {
            Check.Result(Libc.MkNodAt(parent, name0, FifoType | 0x180, 0), "mknodat", path);
            Check.Result(Libc.FChOwnAt(parent, name0, attributes.Uid, attributes.Gid, Libc.AtSymlinkNoFollow), "fchownat", path);
            Check.Result(Libc.FChModAt(parent, name0, (uint)attributes.Mode, 0), "fchmodat", path);
            SetTime(parent, name0, attributes.ModifiedNs, Libc.AtSymlinkNoFollow);
        }
    }

    /// <summary>Gives the directories their attributes, the deepest first: until now each had to be writable, and its time changed.</summary>
    public void Complete()
    {
        foreach (var (path, attributes) in _directories.OrderByDescending(directory => directory.Key.Count(c => c == '/')))
        {
            using var directory = OpenDirectory(path);
            Apply(directory, attributes);
        }

        _directories.Clear();
    }

    public void Dispose()
    {
        _parent?.Dispose();
        _root.Dispose();
    }

    private (SafeFileHandle Parent, string Name) Place(string path)
    {
        var (parent, name) = Split(path);
        if (_parent is null || _parentPath != parent)
        {
            _parent?.Dispose();
            _parent = null;
            _parent = OpenOrMake(parent);
            _parentPath = parent;
        }

        return (_parent, name);
    }

    private SafeFileHandle OpenOrMake(string path)
    {
        try
        {
            return OpenDirectory(path);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            // An archive need not name every directory: what it leaves out is root's, 0755.
            var (parent, name) = Split(path);
            using var above = OpenOrMake(parent);
            Make(above, name, 0x1ed, path);
            return OpenDirectory(path);
        }
    }

    private void MakeDirectory(string path)
    {
        var (parent, name) = Place(path);
        try
        {
            Make(parent, name, 0x1c0, path);
        }
        catch (LinuxException e) when (e.Errno == Errno.EEXIST)
        {
            try
            {
                using var there = OpenDirectory(path);
            }
            catch (LinuxException inner) when (inner.Errno is Errno.ENOTDIR or Errno.ELOOP)
            {
                RemoveFile(parent, name, path);
                Make(parent, name, 0x1c0, path);
            }
        }
    }

    private static void Make(SafeFileHandle parent, string name, uint mode, string path)
    {
        fixed (byte* name0 = CString.Encode(name))
        {
            Check.Result(Libc.MkDirAt(parent, name0, mode), "mkdirat", path);
        }
    }

    private SafeFileHandle OpenDirectory(string path) =>
        Fd.OpenAt2(_root, path.Length == 0 ? "." : path, OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow, 0, Confined);

    private static void RemoveFile(SafeFileHandle parent, string name, string path)
    {
        fixed (byte* name0 = CString.Encode(name))
        {
            if (Libc.UnlinkAt(parent, name0, 0) < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() is not Errno.ENOENT and var errno)
            {
                throw new LinuxException(errno, "unlinkat", path);
            }
        }
    }

    private static void Apply(SafeFileHandle file, TreeAttributes attributes)
    {
        // chown clears setuid bits and capabilities, so it comes first.
        Check.Result(Libc.FChOwn(file, attributes.Uid, attributes.Gid), "fchown");
        Check.Result(Libc.FChMod(file, (uint)attributes.Mode), "fchmod");
        foreach (var (name, value) in attributes.Extended)
        {
            fixed (byte* name0 = CString.Encode(name))
            fixed (byte* value0 = value)
            {
                Check.Result(Libc.FSetXAttr(file, name0, value0, (nuint)value.Length, 0), "fsetxattr", name);
            }
        }

        SetTime(file, null, attributes.ModifiedNs, 0);
    }

    private static void SetTime(SafeFileHandle file, byte* name, long modifiedNs, int flags)
    {
        const long second = 1_000_000_000;
        var (seconds, rest) = (Math.DivRem(modifiedNs, second, out var remainder), remainder);
        if (rest < 0)
        {
            (seconds, rest) = (seconds - 1, rest + second);
        }

        var times = stackalloc long[4] { seconds, rest, seconds, rest };
        Check.Result(name is null ? Libc.FUTimeNs(file, times) : Libc.UTimeNsAt(file, name, times, flags), "utimensat");
    }

    private static (string Parent, string Name) Split(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0 ? ("", path) : (path[..slash], path[(slash + 1)..]);
    }
}
