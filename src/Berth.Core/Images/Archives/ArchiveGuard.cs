using System.Text;

namespace Berth.Core.Images.Archives;

/// <summary>
/// Decides for every entry of an archive whether it may be part of a tree that unprivileged containers share: the first one that may
/// not ends the unpacking. What an entry says about its place is settled here; that links are never followed is the writer's part.
/// </summary>
/// <param name="limits">How much there may be.</param>
/// <param name="root">Directory of the archive that becomes the root: empty, or for example <c>rootfs</c>.</param>
/// <param name="skipDevices">Leave /dev out, which every instance gets from its engine.</param>
/// <param name="what">What is unpacked, for messages.</param>
internal sealed class ArchiveGuard(TreeLimits limits, string root, bool skipDevices = true, string what = "image")
{
    private const int BlockSize = 4096;

    private readonly string[] _root = root.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private long _bytes;
    private int _entries;

    public string What => what;

    /// <summary>Whether the entry lies in the directory that becomes the root, or is it.</summary>
    public bool IsBelow(TarEntry entry) => IsBelow(Parts(entry.Path));

    /// <summary>
    /// The entry's path in the tree, without leading or trailing slash («» is the root itself); null when the entry is to be left out:
    /// outside of the root, or below /dev, which every instance gets from its engine.
    /// </summary>
    /// <exception cref="BerthException">BadRequest, naming the entry.</exception>
    public string? Admit(TarEntry entry)
    {
        Count(entry);
        if (Place(entry.Path, entry.Path) is not { } path || (skipDevices && path.StartsWith("dev/", StringComparison.Ordinal)))
        {
            return null;
        }

        if (entry.Kind is TarEntryKind.CharacterDevice or TarEntryKind.BlockDevice)
        {
            throw Refuse(entry.Path, skipDevices ? "it is a device node outside of /dev" : "it is a device node");
        }

        if (entry.Uid is < 0 or > TreeLimits.MaxId || entry.Gid is < 0 or > TreeLimits.MaxId)
        {
            throw Refuse(entry.Path, $"its owner is {entry.Uid}:{entry.Gid}, and a container has the ids 0 to {TreeLimits.MaxId}");
        }

        if (path.Length == 0 && entry.Kind != TarEntryKind.Directory)
        {
            throw Refuse(entry.Path, "the root is not a directory");
        }

        if (entry.Kind == TarEntryKind.SymbolicLink && Encoding.UTF8.GetByteCount(entry.LinkTarget) is 0 or > TreeLimits.MaxPathBytes)
        {
            throw Refuse(entry.Path, "it is a symbolic link to nothing, or to a path longer than Linux takes");
        }

        return path;
    }

    /// <summary>Where a hard link points, in the tree.</summary>
    public string HardLinkTarget(TarEntry entry) =>
        Place(entry.LinkTarget, entry.Path) is { Length: > 0 } path
            ? path
            : throw Refuse(entry.Path, $"it is a hard link to {entry.LinkTarget}, which is not in the tree");

    private void Count(TarEntry entry)
    {
        if (++_entries > limits.MaxEntries)
        {
            throw BerthException.BadRequest($"the {what} has more than {limits.MaxEntries} files: it is refused");
        }

        if (entry.Size > TreeLimits.MaxFileSize)
        {
            throw Refuse(entry.Path, $"it claims a size of {DiskRoom.Show(entry.Size)}");
        }

        var stored = entry.Segments.Sum(segment => segment.Length);
        _bytes += (stored + BlockSize - 1) / BlockSize * BlockSize;
        if (_bytes > limits.MaxBytes)
        {
            throw new BerthException(ErrorKind.NoSpace,
                $"the {what} unpacks to more than {DiskRoom.Show(limits.MaxBytes)}, which is what may be used here; make room or use another pool");
        }
    }

    private string? Place(string path, string entry)
    {
        // The parts of a unified image are found from "/" on as well, as tar finds them. A path of the host's has no business in an image.
        var parts = Parts(path);
        if (path.StartsWith('/') && (_root.Length == 0 || !IsBelow(parts)))
        {
            throw Refuse(entry, $"{(path == entry ? "its path" : path)} is absolute");
        }

        if (parts.Contains(".."))
        {
            throw Refuse(entry, "its path goes up with \"..\"");
        }

        if (parts.Count > TreeLimits.MaxDepth || Encoding.UTF8.GetByteCount(path) > TreeLimits.MaxPathBytes
            || parts.Exists(part => Encoding.UTF8.GetByteCount(part) > TreeLimits.MaxNameBytes))
        {
            throw Refuse(entry, "its path is longer or deeper than Linux takes");
        }

        return IsBelow(parts) ? string.Join('/', parts.Skip(_root.Length)) : null;
    }

    private bool IsBelow(List<string> parts) => parts.Take(_root.Length).SequenceEqual(_root);

    private static List<string> Parts(string path) => [.. path.Split('/').Where(part => part.Length > 0 && part != ".")];

    private BerthException Refuse(string entry, string reason) =>
        BerthException.BadRequest($"the {what} is refused because of its entry \"{Shorten(entry)}\": {reason}");

    private static string Shorten(string text) => text.Length <= 200 ? text : text[..200] + "…";
}
