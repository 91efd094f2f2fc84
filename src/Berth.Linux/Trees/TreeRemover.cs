using System.Runtime.InteropServices;
using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Trees;

/// <summary>
/// Removes a directory and everything below it, whatever an instance has put there: names that are not Unicode, paths longer than
/// PATH_MAX, any depth. Follows no symbolic link and leaves mounted filesystems alone.
/// </summary>
public sealed unsafe class TreeRemover
{
    /// <summary>Directories open at the same time; what lies deeper is first moved up.</summary>
    private const int DeepestOpen = 128;

    private readonly Func<SafeHandle, SafeHandle, ReadOnlyMemory<byte>, bool>? _removeWhole;
    private readonly CancellationToken _cancel;
    private readonly List<Frame> _frames = [];
    private int _moved;

    private TreeRemover(Func<SafeHandle, SafeHandle, ReadOnlyMemory<byte>, bool>? removeWhole, CancellationToken cancel)
    {
        _removeWhole = removeWhole;
        _cancel = cancel;
    }

    /// <summary>Removes <paramref name="path"/>; no error when it is not there.</summary>
    /// <param name="path">A directory.</param>
    /// <param name="removeWhole">
    /// Given a directory, its parent and its name (with NUL): removes it in one step where the filesystem can (btrfs subvolumes) and
    /// says true, or says false to have it walked. Null walks everything.
    /// </param>
    /// <exception cref="LinuxException">What unlinkat(2) says, EXDEV: something is mounted below the path. What is left can be removed by another call.</exception>
    public static void Remove(
        string path, Func<SafeHandle, SafeHandle, ReadOnlyMemory<byte>, bool>? removeWhole = null, CancellationToken cancel = default)
    {
        path = Path.TrimEndingDirectorySeparator(path);
        SafeFileHandle parent;
        try
        {
            parent = Fd.Open(Path.GetDirectoryName(path)!, OpenFlags.ReadOnly | OpenFlags.Directory);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            return;
        }

        using (parent)
        {
            new TreeRemover(removeWhole, cancel).Run(parent, CString.Encode(Path.GetFileName(path)));
        }
    }

    /// <param name="name">With the terminating NUL.</param>
    internal static void RemoveAt(SafeHandle parent, byte[] name, CancellationToken cancel) => new TreeRemover(null, cancel).Run(parent, name);

    private void Run(SafeHandle parent, byte[] name)
    {
        try
        {
            Enter(parent, name);
            while (_frames.Count > 0)
            {
                _cancel.ThrowIfCancellationRequested();
                Step(_frames[^1], _frames.Count > 1 ? _frames[^2].Directory : parent);
            }
        }
        finally
        {
            _frames.ForEach(frame => frame.Directory.Dispose());
        }
    }

    private void Step(Frame frame, SafeHandle parent)
    {
        if (frame.Next < frame.Entries.Count)
        {
            var entry = frame.Entries[frame.Next++];
            if (entry.Type == TreeEntry.DirectoryType || !Unlink(frame.Directory, entry.Name, 0))
            {
                Enter(frame.Directory, entry.Name);
            }
        }
        else if (Unlink(parent, frame.Name, Libc.AtRemoveDir))
        {
            frame.Directory.Dispose();
            _frames.RemoveAt(_frames.Count - 1);
        }
        else
        {
            // Directories that were too deep have been moved here since it was read.
            frame.Entries = TreeEntry.ReadAll(frame.Directory);
            frame.Next = 0;
        }
    }

    private void Enter(SafeHandle parent, byte[] name)
    {
        if (_frames.Count >= DeepestOpen)
        {
            MoveUp(parent, name);
            return;
        }

        SafeFileHandle directory;
        try
        {
            directory = Fd.OpenAt2(parent, name, "(tree)", OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow, 0, ResolveFlags.NoMountPoints);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            return;
        }

        var frame = new Frame(directory, name);
        _frames.Add(frame);
        if (_removeWhole is not null && _removeWhole(directory, parent, name))
        {
            directory.Dispose();
            _frames.RemoveAt(_frames.Count - 1);
            return;
        }

        frame.Entries = TreeEntry.ReadAll(directory);
    }

    private void MoveUp(SafeHandle parent, byte[] name)
    {
        var to = CString.Encode($".berth-deep-{_moved++}-{Guid.NewGuid():N}");
        fixed (byte* from = name, target = to)
        {
            Check.Result(Libc.RenameAt(parent, from, _frames[0].Directory, target), "renameat");
        }
    }

    /// <returns>False: a directory that was taken for a file, or one that is not empty.</returns>
    private static bool Unlink(SafeHandle parent, byte[] name, int flags)
    {
        fixed (byte* pointer = name)
        {
            if (Libc.UnlinkAt(parent, pointer, flags) == 0)
            {
                return true;
            }
        }

        return Marshal.GetLastPInvokeError() switch
        {
            Errno.ENOENT => true,
            Errno.EISDIR when flags == 0 => false,
            Errno.ENOTEMPTY or Errno.EEXIST when flags != 0 => false,
            _ => throw LinuxException.Last("unlinkat", System.Text.Encoding.UTF8.GetString(name.AsSpan()[..^1])),
        };
    }

    private sealed class Frame(SafeFileHandle directory, byte[] name)
    {
        public SafeFileHandle Directory { get; } = directory;

        public byte[] Name { get; } = name;

        public List<TreeEntry> Entries { get; set; } = [];

        public int Next { get; set; }
    }
}
