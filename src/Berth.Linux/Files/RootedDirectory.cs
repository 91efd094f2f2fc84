using System.Runtime.InteropServices;
using System.Text;
using Berth.Linux.Interop;
using Berth.Linux.Namespaces;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Files;

/// <summary>
/// A directory as the root of all paths, for work as the host's root in a tree that somebody else controls and changes meanwhile. No path,
/// link, <c>..</c> or magic link leads out of it (openat2(2), RESOLVE_IN_ROOT); devices and pipes are never opened by accident.
/// </summary>
/// <remarks>Synchronous: a call may wait for the disk (or for a dead FUSE or NFS server), so call it off the API's path.</remarks>
public sealed partial class RootedDirectory : IDisposable
{
    private const ResolveFlags Confined = ResolveFlags.InRoot | ResolveFlags.NoMagicLinks;
    private const ResolveFlags OneStep = ResolveFlags.Beneath | ResolveFlags.NoMagicLinks | ResolveFlags.NoSymlinks;
    private const long Nobody = 65534;

    private readonly SafeFileHandle _root;
    private readonly IdMap? _map;

    /// <summary>Takes ownership of a directory's descriptor: a detached mount, /proc/PID/root, a path on the host.</summary>
    /// <param name="root">O_PATH is enough.</param>
    /// <param name="map">Ids in the tree are shifted so; null: they are the host's (a tree that is not shifted on disk).</param>
    public RootedDirectory(SafeFileHandle root, IdMap? map = null)
    {
        _root = root;
        _map = map;
    }

    /// <summary>Opens a directory of the host.</summary>
    public static RootedDirectory Open(string path, IdMap? map = null) =>
        new(Fd.Open(path, OpenFlags.Path | OpenFlags.Directory), map);

    public void Dispose() => _root.Dispose();

    /// <summary>Names a file without opening it.</summary>
    /// <param name="path">From the root; absolute or not is the same.</param>
    /// <param name="follow">Whether a symbolic link in the last place is followed (inside the root).</param>
    public SafeFileHandle OpenPath(string path, bool follow) =>
        Fd.OpenAt2(_root, Inside(path), OpenFlags.Path | (follow ? 0 : OpenFlags.NoFollow), 0, Confined);

    private SafeFileHandle OpenParent(string path, out byte[] name)
    {
        var trimmed = path.TrimEnd('/');
        var slash = trimmed.LastIndexOf('/');
        var last = trimmed[(slash + 1)..];
        if (last is "" or "." or "..")
        {
            throw new LinuxException(Errno.EINVAL, "path without a name at its end", path);
        }

        name = CString.Encode(last);
        return Fd.OpenAt2(_root, Inside(slash < 0 ? "" : trimmed[..slash]), OpenFlags.Path | OpenFlags.Directory, 0, Confined);
    }

    /// <summary>Relative even before the kernel confines it: were that ever lost, "/" would be the host's.</summary>
    private static string Inside(string path) => path.TrimStart('/') is { Length: > 0 } relative ? relative : ".";

    /// <summary>Whose files new files are: the container's root, or the host's where nothing is shifted.</summary>
    private FileSystemIdentity Identity() => new((uint?)_map?.ToHost(0));

    private uint HostId(long? id)
    {
        var count = _map?.Count ?? uint.MaxValue;
        return id is { } inside && inside >= 0 && inside < count
            ? (uint)(_map?.ToHost(inside) ?? inside)
            : throw new LinuxException(Errno.EINVAL, "chown to an id that the tree does not have", id.ToString());
    }

    private static uint CheckedMode(int mode) => (mode & ~0xFFF) == 0
        ? (uint)mode
        : throw new LinuxException(Errno.EINVAL, "mode beyond 07777", Convert.ToString(mode, 8));

    private FileStatus StatusOf(SafeHandle fd) => Shifted(FileStatus.Of(fd), _map);

    /// <summary>With the ids that the tree's users see.</summary>
    internal static FileStatus Shifted(FileStatus status, IdMap? map) => map is null
        ? status
        : status with { Uid = map.ToContainer(status.Uid) ?? Nobody, Gid = map.ToContainer(status.Gid) ?? Nobody };

    private static string Text(ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(name.TrimEnd((byte)0));
}
