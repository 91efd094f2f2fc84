using System.Collections.Immutable;
using System.Globalization;
using Berth.Core.Instances;
using Berth.Core.Resources;
using Berth.Core.Snapshots;

namespace Berth.Core.Storage.Volumes;

/// <summary>
/// The keys of a volume: those that Berth serves, and how a value is checked. A key that is not here is refused by name.
/// </summary>
public static class VolumeConfig
{
    /// <summary>What an empty disk has when nobody says how large it shall be (as Incus).</summary>
    private const long DefaultBlockSize = 10L << 30;

    private const string PoolPrefix = "volume.";

    /// <summary>The volume's own name for life.</summary>
    public const string Uuid = "volatile.uuid";

    private static readonly Dictionary<string, Key> Keys = new(StringComparer.Ordinal)
    {
        ["size"] = new(Size),
        ["security.shared"] = new(Boolean, VolumeContent.Block),
        ["security.shifted"] = new(Boolean, VolumeContent.Filesystem),
        ["security.unmapped"] = new(Boolean, VolumeContent.Filesystem),
        ["initial.uid"] = new(Id, VolumeContent.Filesystem),
        ["initial.gid"] = new(Id, VolumeContent.Filesystem),
        ["initial.mode"] = new(Mode, VolumeContent.Filesystem),
        [SnapshotKeys.Pattern] = new(Pattern),
        [SnapshotKeys.Schedule] = new(value => SnapshotKeys.WhyNot(SnapshotKeys.Schedule, value)),
        [SnapshotKeys.Expiry] = new(value => SnapshotKeys.WhyNot(SnapshotKeys.Expiry, value)),
        [SnapshotKeys.ManualExpiry] = new(value => SnapshotKeys.WhyNot(SnapshotKeys.ManualExpiry, value)),
        [Compression] = new(CompressionName, VolumeContent.Filesystem, "btrfs"),
    };

    /// <summary>Why a key of Incus is not among them.</summary>
    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["block.create_options"] = "a volume of the drivers dir and btrfs is no block device with a filesystem on it",
        ["block.filesystem"] = "a volume of the drivers dir and btrfs is no block device with a filesystem on it",
        ["block.mount_options"] = "a volume of the drivers dir and btrfs is no block device with a filesystem on it",
    };

    public const string Compression = "btrfs.compression";

    public static IReadOnlyCollection<string> Known => Keys.Keys;

    /// <summary>The keys of volumes in pools of a driver, and what is wrong with a value of each.</summary>
    internal static IEnumerable<KeyValuePair<string, Func<string, string?>>> Of(string driver) =>
        Keys.Where(k => (k.Value.Driver ?? driver) == driver).Select(k => KeyValuePair.Create(k.Key, k.Value.Check));

    /// <exception cref="BerthException">BadRequest or Unsupported, naming the key.</exception>
    public static void Validate(ImmutableSortedDictionary<string, string> config, VolumeContent content, string driver)
    {
        foreach (var (key, value) in config)
        {
            if (IsFree(key))
            {
                Free(key, value);
                continue;
            }

            if (Refused.TryGetValue(key, out var why))
            {
                throw BerthException.Unsupported($"The key {key} of a volume is not supported: {why}");
            }

            var known = Keys.GetValueOrDefault(key) ?? throw Unknown(key, "storage volume");
            if (known.Driver is { } only && only != driver)
            {
                throw BerthException.BadRequest($"The key {key} is for volumes in pools of the driver {only}; this pool has the driver {driver}");
            }

            if (known.Content is { } wanted && wanted != content)
            {
                throw BerthException.BadRequest($"The key {key} is for volumes of the content type {NameOf(wanted)}; this one has {NameOf(content)}");
            }

            if (known.Check(value) is { } reason)
            {
                throw BerthException.BadRequest($"Invalid value \"{value}\" for {key}: {reason}");
            }
        }

        if (content == VolumeContent.Iso && config.ContainsKey("size"))
        {
            throw BerthException.BadRequest("An ISO volume has the size of its image: give no size");
        }

        if (IsTrue(config, "security.shifted") && IsTrue(config, "security.unmapped"))
        {
            throw BerthException.BadRequest("security.shifted and security.unmapped exclude each other: give one of them");
        }
    }

    /// <summary>Why a pool cannot have <paramref name="key"/>, a default for its volumes; null when it can.</summary>
    public static string? WhyNotDefault(string key, string value, string driver) =>
        !key.StartsWith(PoolPrefix, StringComparison.Ordinal) ? $"The driver {driver} has no key \"{key}\""
        : Refused.TryGetValue(key[PoolPrefix.Length..], out var why) ? $"The key {key} is not supported: {why}"
        : Keys.GetValueOrDefault(key[PoolPrefix.Length..]) is not { } known || (known.Driver ?? driver) != driver ? $"The driver {driver} has no key \"{key}\""
        : known.Check(value) is { } reason ? $"Invalid value \"{value}\" for {key}: {reason}"
        : null;

    /// <summary>Adds what the pool says for all its volumes, and what a disk has when nobody says anything.</summary>
    public static ImmutableSortedDictionary<string, string> WithDefaults(
        ImmutableSortedDictionary<string, string> config, VolumeContent content, PoolRecord pool)
    {
        var builder = config.ToBuilder();
        foreach (var (key, known) in Keys)
        {
            if (!builder.ContainsKey(key) && pool.Config.TryGetValue(PoolPrefix + key, out var value)
                && (known.Content is null || known.Content == content) && (key != "size" || content != VolumeContent.Iso))
            {
                builder[key] = value;
            }
        }

        if (content == VolumeContent.Block && !builder.ContainsKey("size"))
        {
            builder["size"] = $"{DefaultBlockSize >> 30}GiB";
        }

        return builder.ToImmutable();
    }

    /// <summary>What roots and volumes of a pool get where nobody says anything (<c>volume.size</c>); null for no limit.</summary>
    public static long? DefaultSizeOf(PoolRecord pool) =>
        pool.Config.TryGetValue(PoolPrefix + "size", out var size) ? ByteSize.Parse(PoolPrefix + "size", size) : null;

    /// <summary>Bytes; null for no limit.</summary>
    public static long? SizeOf(ImmutableSortedDictionary<string, string> config) =>
        config.TryGetValue("size", out var size) && size.Length > 0 ? ByteSize.Parse("size", size) : null;

    public static VolumeRoot RootOf(ImmutableSortedDictionary<string, string> config) => new(
        uint.Parse(config.GetValueOrDefault("initial.uid", "0"), CultureInfo.InvariantCulture),
        uint.Parse(config.GetValueOrDefault("initial.gid", "0"), CultureInfo.InvariantCulture),
        config.TryGetValue("initial.mode", out var mode) ? (UnixFileMode)Convert.ToInt32(mode, 8) : VolumeRoot.DefaultMode);

    public static bool IsTrue(ImmutableSortedDictionary<string, string> config, string key) => ConfigCatalogue.IsTrue(config.GetValueOrDefault(key));

    public static string NameOf(VolumeContent content) => content switch
    {
        VolumeContent.Filesystem => "filesystem",
        VolumeContent.Block => "block",
        _ => "iso",
    };

    /// <exception cref="BerthException">BadRequest: no such content type.</exception>
    public static VolumeContent ContentOf(string name) => name switch
    {
        "" or "filesystem" => VolumeContent.Filesystem,
        "block" => VolumeContent.Block,
        "iso" => VolumeContent.Iso,
        _ => throw BerthException.BadRequest($"There is no content type \"{name}\"; available: filesystem, block, iso"),
    };

    private static bool IsFree(string key) => key.StartsWith("user.", StringComparison.Ordinal) || key == Uuid;

    private static void Free(string key, string value)
    {
        if (value.Length > 1 << 20 || key.Length > 255 || value.Contains('\0', StringComparison.Ordinal))
        {
            throw BerthException.BadRequest($"The value of {(key.Length > 80 ? key[..80] + "…" : key)} is longer than 1048576 characters or has a NUL character");
        }
    }

    private static BerthException Unknown(string key, string what)
    {
        var nearest = Suggestions.Nearest(key, Keys.Keys);
        return BerthException.BadRequest(
            $"Unknown or unsupported key \"{(key.Length > 80 ? key[..80] + "…" : key)}\" of a {what}" + (nearest is null ? "" : $"; did you mean \"{nearest}\"?"));
    }

    private static string? Boolean(string value) =>
        value is "true" or "false" or "1" or "0" or "yes" or "no" or "on" or "off" ? null : "give true or false";

    private static string? Id(string value) =>
        uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < ContainerRoot.IdCount ? null : $"give a number from 0 to {ContainerRoot.IdCount - 1}";

    private static string? Mode(string value) =>
        value.Length is >= 1 and <= 4 && value.All(c => c is >= '0' and <= '7') ? null : "give an octal mode, for example 0711";

    private static string? CompressionName(string value) =>
        value is "none" or "zlib" or "lzo" or "zstd" ? null : "give none, zlib, lzo or zstd";

    private static string? Pattern(string value) =>
        SnapshotPattern.WhyNot(value) ?? VolumeNames.WhyNot(SnapshotPattern.Next(value, [], DateTimeOffset.UnixEpoch));

    private static string? Size(string value)
    {
        try
        {
            return ByteSize.Parse("size", value) > 0 ? null : "give more than nothing";
        }
        catch (BerthException e)
        {
            return e.Message;
        }
    }

    private sealed record Key(Func<string, string?> Check, VolumeContent? Content = null, string? Driver = null);
}
