using Berth.Core;
using Berth.Core.Storage;
using Berth.Core.Storage.Volumes;

namespace Berth.Storage;

/// <summary>What a pool's configuration may say.</summary>
internal static class PoolConfig
{
    /// <summary>Keys that say something about the pool to people; kept, never read.</summary>
    private const string UserKeys = "user.";

    /// <summary>Why keys that Incus has are none here.</summary>
    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["rsync.bwlimit"] = "Berth copies without rsync",
        ["rsync.compression"] = "Berth copies without rsync",
        ["btrfs.mount_options"] = "Berth chooses the options of what it mounts; mount the filesystem yourself and give its directory as the source",
        ["btrfs.create_options"] = "Berth chooses how it makes a filesystem; make one yourself and give its directory as the source",
        ["source.wipe"] = "Berth takes no block device; make a filesystem on it, mount it, and give its directory as the source",
    };

    /// <exception cref="BerthException">BadRequest, with the reason.</exception>
    public static void Check(PoolRecord pool, IStorageDriver driver)
    {
        VolumeName.Check(pool.Name);
        if (driver.WhyNot(pool.Config) is { } reason)
        {
            throw BerthException.BadRequest($"Storage pool {pool.Name}: {reason}");
        }
    }

    /// <summary>The key that a driver does not know, as a sentence; null when it knows them all.</summary>
    public static string? WhyNot(string driver, IReadOnlyDictionary<string, string> config, IReadOnlyCollection<string> keys) =>
        config.Where(pair => !keys.Contains(pair.Key) && !pair.Key.StartsWith(UserKeys, StringComparison.Ordinal))
            .Select(pair => Refused.TryGetValue(pair.Key, out var why) ? $"The key {pair.Key} of a storage pool is not supported: {why}"
                : VolumeConfig.WhyNotDefault(pair.Key, pair.Value, driver) is { } reason ? $"{reason}; it has {string.Join(", ", keys)}, and volume.* for its volumes"
                : null)
            .FirstOrDefault(reason => reason is not null);

    /// <summary>The pool's directory: the key <c>source</c>, else one of its name in the daemon's own directory.</summary>
    public static string Source(PoolRecord pool, string poolsDirectory) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(
            pool.Config.TryGetValue("source", out var source) && source.Length > 0 ? source : Path.Combine(poolsDirectory, pool.Name)));
}
