using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Mounts;

/// <summary>Whether an overlay is mounted on an upper directory, in whatever mount namespace.</summary>
public static class OverlayUse
{
    /// <summary>
    /// Asks overlayfs itself, which marks upper directories while they are mounted: a mount is tried that cannot succeed. With
    /// <c>index=on</c> an upper directory in use is EBUSY; one that is free comes to the next check, that the work directory lies
    /// outside the upper one, and is EINVAL. The kernel writes a line to its log, so this is not for every start.
    /// </summary>
    public static bool IsInUse(string upper)
    {
        using var directory = Fd.Open(upper, OpenFlags.Path | OpenFlags.Directory);
        var path = Fd.ProcPath(directory);
        try
        {
            using SafeFileHandle mount = MountApi.CreateFileSystem("overlay",
                [new("source", "berth"), new("lowerdir", "/proc/self"), new("upperdir", path), new("workdir", path), new("index", "on")]);
            throw new LinuxException(Errno.EINVAL, "overlay", $"{upper} was mounted with itself as work directory");
        }
        catch (LinuxException e) when (e.Errno is Errno.EBUSY or Errno.EINVAL && e.Call == "fsconfig")
        {
            return e.Errno == Errno.EBUSY;
        }
    }
}
