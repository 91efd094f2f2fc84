using Berth.Core;
using Berth.Core.Storage;

namespace Berth.Storage;

/// <summary>What a pool's configuration may say.</summary>
internal static class PoolConfig
{
    /// <summary>Keys that say something about the pool to people; kept, never read.</summary>
    private const string UserKeys = "user.";

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
        config.Keys.FirstOrDefault(key => !keys.Contains(key) && !key.StartsWith(UserKeys, StringComparison.Ordinal)) is { } unknown
            ? $"The driver {driver} has no key \"{unknown}\"; it has {string.Join(", ", keys)}"
            : null;

    /// <summary>The pool's directory: the key <c>source</c>, else one of its name in the daemon's own directory.</summary>
    public static string Source(PoolRecord pool, string poolsDirectory) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(
            pool.Config.TryGetValue("source", out var source) && source.Length > 0 ? source : Path.Combine(poolsDirectory, pool.Name)));
}
