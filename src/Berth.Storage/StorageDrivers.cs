namespace Berth.Storage;

/// <summary>Chooses between the drivers.</summary>
public static class StorageDrivers
{
    /// <summary>The driver that suits a directory: <c>btrfs</c> where it is on btrfs, else <c>dir</c>.</summary>
    /// <param name="path">Where the pool shall be; it, or the nearest directory above that exists, decides.</param>
    public static string Auto(string path)
    {
        var existing = Path.GetFullPath(path);
        while (!Directory.Exists(existing))
        {
            existing = Path.GetDirectoryName(existing)!;
        }

        return Linux.Files.Btrfs.IsBtrfs(existing) ? "btrfs" : "dir";
    }
}
