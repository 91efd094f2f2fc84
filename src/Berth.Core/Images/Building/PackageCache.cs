namespace Berth.Core.Images.Building;

/// <summary>Downloaded packages, kept for the next build up to a limit.</summary>
internal sealed class PackageCache(string directory)
{
    private const long Limit = 2L << 30;

    public string Directory { get; } = System.IO.Directory.CreateDirectory(directory).FullName;

    /// <summary>Notes that a package was used, so that the oldest unused ones go first, and removes what is over the limit.</summary>
    public void Trim()
    {
        var files = new DirectoryInfo(Directory).EnumerateFiles("*.deb").OrderByDescending(file => file.LastAccessTimeUtc).ToList();
        long kept = 0;
        foreach (var file in files)
        {
            kept += file.Length;
            if (kept > Limit)
            {
                file.Delete();
            }
        }
    }
}
