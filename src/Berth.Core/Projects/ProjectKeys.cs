using System.Globalization;
using System.Text.RegularExpressions;
using Berth.Core.Instances;
using Berth.Core.Resources;

namespace Berth.Core.Projects;

/// <summary>Every key of a project and how its value is checked. What Berth cannot enforce is refused by name.</summary>
internal static partial class ProjectKeys
{
    public const string PoolLimit = "limits.disk.pool.";

    internal static readonly Dictionary<string, Func<string, string?>> Keys = new(StringComparer.Ordinal)
    {
        ["features.images"] = Boolean,
        ["features.profiles"] = Boolean,
        ["features.storage.volumes"] = Boolean,
        ["features.storage.buckets"] = Boolean,
        ["features.networks"] = Boolean,
        ["features.networks.zones"] = Boolean,
        ["backups.compression_algorithm"] = Images.Archives.Compressor.WhyNot,
        ["images.auto_update_cached"] = Boolean,
        ["images.auto_update_interval"] = Images.ImageSettings.IntervalFault,
        ["images.compression_algorithm"] = Images.Archives.Compressor.WhyNot,
        ["images.default_architecture"] = Architecture,
        ["images.remote_cache_expiry"] = Images.ImageSettings.ExpiryFault,
        ["limits.instances"] = Number,
        ["limits.containers"] = Number,
        ["limits.virtual-machines"] = Number,
        ["limits.cpu"] = Number,
        ["limits.memory"] = Size,
        ["limits.processes"] = Number,
        ["limits.disk"] = Size,
        ["limits.networks"] = Number,
        ["restricted"] = Boolean,
        ["restricted.backups"] = AllowOrBlock,
        ["restricted.cluster.target"] = AllowOrBlock,
        ["restricted.containers.interception"] = OneOf("allow", "block", "full"),
        ["restricted.containers.lowlevel"] = AllowOrBlock,
        ["restricted.containers.nesting"] = AllowOrBlock,
        ["restricted.containers.privilege"] = OneOf("allow", "unprivileged", "isolated"),
        ["restricted.devices.disk"] = OneOf("allow", "block", "managed"),
        ["restricted.devices.disk.paths"] = Paths,
        ["restricted.devices.gpu"] = AllowOrBlock,
        ["restricted.devices.infiniband"] = AllowOrBlock,
        ["restricted.devices.nic"] = OneOf("allow", "block", "managed"),
        ["restricted.devices.pci"] = AllowOrBlock,
        ["restricted.devices.proxy"] = AllowOrBlock,
        ["restricted.devices.unix-block"] = AllowOrBlock,
        ["restricted.devices.unix-char"] = AllowOrBlock,
        ["restricted.devices.unix-hotplug"] = AllowOrBlock,
        ["restricted.devices.usb"] = AllowOrBlock,
        ["restricted.idmap.gid"] = Ranges,
        ["restricted.idmap.uid"] = Ranges,
        ["restricted.images.servers"] = Words,
        ["restricted.networks.access"] = Words,
        ["restricted.snapshots"] = AllowOrBlock,
        ["restricted.storage-pools.access"] = Words,
        ["restricted.virtual-machines.lowlevel"] = AllowOrBlock,
        ["restricted.virtual-machines.nesting"] = AllowOrBlock,
    };

    /// <summary>Keys that Incus has and Berth cannot enforce yet, with the reason.</summary>
    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["network.hwaddr_pattern"] = "give single cards an address with hwaddr=",
        ["restricted.cluster.groups"] = "there are no clusters",
        ["restricted.networks.integrations"] = "there are no OVN networks",
        ["restricted.networks.subnets"] = "there are no OVN networks",
        ["restricted.networks.uplinks"] = "there are no OVN networks",
        ["restricted.networks.zones"] = "there are no network zones",
    };

    /// <param name="pools">Names of the storage pools, for <c>limits.disk.pool.NAME</c>.</param>
    /// <exception cref="BerthException">BadRequest or Unsupported that names the key.</exception>
    public static void Validate(ProjectRecord project, IEnumerable<string> pools)
    {
        foreach (var (key, value) in project.Config)
        {
            if (key.StartsWith("user.", StringComparison.Ordinal))
            {
                continue;
            }

            if (Refused.TryGetValue(key, out var why))
            {
                throw BerthException.Unsupported($"The project key {key} is not supported: {why}");
            }

            var check = key.StartsWith(PoolLimit, StringComparison.Ordinal) && pools.Contains(key[PoolLimit.Length..])
                ? Size
                : Keys.GetValueOrDefault(key) ?? throw Unknown(key);
            if (value.Length > 0 && check(value) is { } reason)
            {
                throw BerthException.BadRequest($"Invalid project configuration key \"{key}\" value \"{Shorten(value)}\": {reason}");
            }
        }

        if (project.Name != ProjectRecord.Default)
        {
            RefuseOvn(project);
        }

        if (project.Restricted && ConfigCatalogue.IsTrue(project.Config.GetValueOrDefault("features.profiles")) is false)
        {
            throw BerthException.BadRequest("Projects without their own profiles cannot be restricted: set features.profiles=true");
        }
    }

    public static void ValidateName(string name)
    {
        var reason = name switch
        {
            "" => "it is empty",
            { Length: > 63 } => "the most is 63 characters",
            "." or ".." or "*" => "it is reserved",
            _ when name.Contains('_', StringComparison.Ordinal) => "underscores are not allowed",
            _ when name.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c is '/' or '\\' or '\'' or '"' or '?' or '&' or '+' or '#' or '%') =>
                "spaces, slashes, quotes and ? & + # % are not allowed",
            _ when name.Any(c => c > 127) => "only ASCII is allowed",
            _ => null,
        };
        if (reason is not null)
        {
            throw BerthException.BadRequest($"Invalid project name \"{Shorten(name)}\": {reason}");
        }
    }

    private static void RefuseOvn(ProjectRecord project)
    {
        foreach (var feature in new[] { ProjectFeature.Networks, ProjectFeature.Zones })
        {
            if (ConfigCatalogue.IsTrue(project.Config.GetValueOrDefault(feature.Key())))
            {
                throw BerthException.BadRequest($"{feature.Key()}=true needs OVN, which Berth does not have: bridges belong to the default project and every project may use them");
            }
        }
    }

    private static BerthException Unknown(string key)
    {
        var nearest = Suggestions.Nearest(key, Keys.Keys);
        return BerthException.BadRequest($"Invalid project configuration key \"{Shorten(key)}\""
            + (key.StartsWith(PoolLimit, StringComparison.Ordinal) ? ": there is no such storage pool" : nearest is null ? "" : $"; did you mean \"{nearest}\"?"));
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";

    private static string? Boolean(string value) =>
        value is "true" or "false" or "1" or "0" or "yes" or "no" or "on" or "off" ? null : "give true or false";

    private static string? Number(string value) =>
        uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= int.MaxValue ? null : "give a whole number";

    internal static string? Size(string value) => ByteSize.TryParse(value) is null ? "write a number with a unit, for example 10GiB" : null;

    private static string? Architecture(string value) => value is "x86_64" or "amd64" ? null : "this host runs x86_64";

    private static string? AllowOrBlock(string value) => value is "allow" or "block" ? null : "give allow or block";

    private static string? Words(string value) => value.Contains('\0', StringComparison.Ordinal) ? "it contains a NUL character" : null;

    private static string? Paths(string value) =>
        value.Split(',').All(p => p.StartsWith('/') && !p.Contains('\0', StringComparison.Ordinal)) ? null : "give absolute paths, separated by commas";

    private static string? Ranges(string value) =>
        value.Split(',').All(r => RangePattern().IsMatch(r.Trim())) ? null : "give ids or ranges of ids, separated by commas: 1000,2000-2999";

    private static Func<string, string?> OneOf(params string[] values) =>
        value => values.Contains(value) ? null : $"give one of {string.Join(", ", values)}";

    [GeneratedRegex("^[0-9]{1,10}(-[0-9]{1,10})?$")]
    private static partial Regex RangePattern();
}
