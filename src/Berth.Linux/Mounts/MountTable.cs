namespace Berth.Linux.Mounts;

/// <summary>The mounts that a process sees, in the kernel's order: a mount comes after the one it is on.</summary>
public sealed class MountTable
{
    private MountTable(IReadOnlyList<MountInfo> mounts) => Mounts = mounts;

    /// <summary>All of them.</summary>
    public IReadOnlyList<MountInfo> Mounts { get; }

    /// <summary>Reads the table of this process, or of another one.</summary>
    public static MountTable Read(int? pid = null) => Parse(Fd.ReadText($"/proc/{pid?.ToString() ?? "self"}/mountinfo"));

    /// <summary>Parses the text of a mountinfo file.</summary>
    public static MountTable Parse(string text) =>
        new([.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(MountInfo.Parse)]);

    /// <summary>The mount on top at exactly this path; null when it is no mount point.</summary>
    public MountInfo? At(string path) => Mounts.LastOrDefault(mount => mount.MountPoint == path);

    /// <summary>The mount that a path without symbolic links is on.</summary>
    public MountInfo Containing(string path) =>
        Mounts.Where(mount => IsBelow(path, mount.MountPoint)).Aggregate((best, mount) => mount.MountPoint.Length >= best.MountPoint.Length ? mount : best);

    /// <summary>The mounts at a path and below, in the kernel's order.</summary>
    public IReadOnlyList<MountInfo> Below(string path) => [.. Mounts.Where(mount => IsBelow(mount.MountPoint, path))];

    private static bool IsBelow(string path, string directory)
    {
        directory = directory.TrimEnd('/');
        return path.StartsWith(directory, StringComparison.Ordinal) && (path.Length == directory.Length || path[directory.Length] == '/');
    }
}
