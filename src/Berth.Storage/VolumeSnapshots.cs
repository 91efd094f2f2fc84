using Berth.Core;

namespace Berth.Storage;

/// <summary>
/// The snapshots in a volume's directory, whatever kind of volume it is: <c>snapshots/NAME/</c> each, made under a staging name and
/// published by one rename.
/// </summary>
internal static class VolumeSnapshots
{
    /// <summary>Every name that is a directory in <c>snapshots</c>.</summary>
    public static IReadOnlyList<string> List(string volume) =>
        Root(volume) is var root && Directory.Exists(root) ? [.. PoolLayout.Finished(root).Select(path => Path.GetFileName(path))] : [];

    /// <exception cref="BerthException">BadRequest: no name. NotFound.</exception>
    public static string Existing(string volume, string snapshot)
    {
        VolumeName.CheckSnapshot(snapshot);
        var path = Path.Combine(Root(volume), snapshot);
        return Directory.Exists(path) ? path : throw BerthException.NotFound($"The volume {Path.GetFileName(volume)} has no snapshot \"{snapshot}\"");
    }

    /// <exception cref="BerthException">BadRequest: no name. Conflict: it is taken.</exception>
    public static string Free(string volume, string snapshot)
    {
        VolumeName.CheckSnapshot(snapshot);
        var path = Path.Combine(Root(volume), snapshot);
        return Directory.Exists(path) ? throw BerthException.Conflict($"The volume {Path.GetFileName(volume)} has a snapshot \"{snapshot}\" already") : path;
    }

    /// <summary>A new directory for a snapshot that is being made.</summary>
    public static string Stage(string volume)
    {
        Directory.CreateDirectory(Root(volume), PoolLayout.Private);
        var staging = Path.Combine(Root(volume), PoolLayout.StagingName());
        Directory.CreateDirectory(staging, PoolLayout.Private);
        return staging;
    }

    /// <summary>What an interrupted change left in a volume's directory and among its snapshots.</summary>
    public static IEnumerable<string> HalfMade(string volume) =>
        Directory.EnumerateDirectories(volume)
            .Concat(Directory.Exists(Root(volume)) ? Directory.EnumerateDirectories(Root(volume)) : [])
            .Where(PoolLayout.IsStaging);

    public static string Root(string volume) => Path.Combine(volume, PoolLayout.SnapshotsDirectory);
}
