namespace Berth.Core.Images;

/// <summary>Free space of a filesystem.</summary>
internal static class DiskRoom
{
    /// <summary>Bytes free where <paramref name="path"/> lies.</summary>
    public static long Free(string path) => new DriveInfo(path).AvailableFreeSpace;

    /// <summary>Whether an error says that there is no room (ENOSPC, EDQUOT); the framework's exceptions have the errno as HResult.</summary>
    public static bool IsFull(IOException e) =>
        (e is Linux.LinuxException linux ? linux.Errno : e.HResult) is Linux.Errno.ENOSPC or Linux.Errno.EDQUOT;

    public static string Show(long bytes) => bytes switch
    {
        >= 10L << 30 => $"{bytes >> 30} GiB",
        >= 10L << 20 => $"{bytes >> 20} MiB",
        >= 10L << 10 => $"{bytes >> 10} KiB",
        _ => $"{bytes} bytes",
    };
}
