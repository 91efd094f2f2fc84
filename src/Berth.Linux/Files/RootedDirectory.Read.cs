using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Files;

public sealed partial class RootedDirectory
{
    /// <summary>Opens a regular file for reading.</summary>
    /// <exception cref="LinuxException">EISDIR: a directory; EINVAL: a device, pipe or socket, which is not opened.</exception>
    public SafeFileHandle OpenRead(string path)
    {
        using var named = OpenPath(path, follow: true);
        NeedRegular(named, path);

        // The descriptor pins the inode, and an inode never changes its type: nothing can be swapped in between.
        return Fd.Reopen(named, OpenFlags.ReadOnly | OpenFlags.NonBlocking | OpenFlags.NoControllingTerminal);
    }

    /// <summary>What a path is.</summary>
    /// <exception cref="LinuxException">ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG.</exception>
    public FileStatus Stat(string path, bool follow = false)
    {
        using var named = OpenPath(path, follow);
        return StatusOf(named);
    }

    /// <summary>As <see cref="Stat(string, bool)"/>; null when there is nothing.</summary>
    public FileStatus? TryStat(string path, bool follow = false)
    {
        try
        {
            return Stat(path, follow);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            return null;
        }
    }

    /// <summary>Where a symbolic link points to, as it is written.</summary>
    public unsafe string ReadLink(string path)
    {
        using var named = OpenPath(path, follow: false);
        Span<byte> buffer = stackalloc byte[4096];
        fixed (byte* empty = "\0"u8)
        fixed (byte* pointer = buffer)
        {
            var n = Check.Result(Libc.ReadLinkAt(named, empty, pointer, (nuint)buffer.Length), "readlink", path);
            return Text(buffer[..(int)n]);
        }
    }

    /// <summary>The names in a directory, sorted, without "." and "..". Bytes that are not UTF-8 show as U+FFFD.</summary>
    public IReadOnlyList<string> List(string path)
    {
        using var directory = Fd.OpenAt2(_root, Inside(path), OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NonBlocking, 0, Confined);
        var names = DirectoryEntries.Read(directory).Select(entry => Text(entry.Name)).ToList();
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private static void NeedRegular(SafeFileHandle named, string path)
    {
        var type = FileStatus.Of(named).Type;
        if (type != FileType.Regular)
        {
            throw new LinuxException(type == FileType.Directory ? Errno.EISDIR : Errno.EINVAL, $"open ({type})", path);
        }
    }
}
