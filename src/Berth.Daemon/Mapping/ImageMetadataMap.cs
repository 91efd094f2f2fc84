using System.Collections.Immutable;
using Berth.Core;
using Berth.Core.Images.Metadata;

namespace Berth.Daemon.Mapping;

/// <summary>An image's metadata on the wire.</summary>
internal static class ImageMetadataMap
{
    public static Api.ImageMetadata ToWire(ImageMetadata metadata) => new()
    {
        Architecture = metadata.Architecture,
        CreationDate = metadata.CreatedAt.ToUnixTimeSeconds(),
        ExpiryDate = metadata.ExpiresAt.ToUnixTimeSeconds(),
        Properties = metadata.Properties,
        Templates = metadata.Templates.ToDictionary(t => t.Key, t => new Api.ImageMetadataTemplate
        {
            Template = t.Value.Template,
            When = t.Value.When,
            CreateOnly = t.Value.CreateOnly,
            Properties = t.Value.Properties,
            Uid = t.Value.Uid.Length > 0 ? t.Value.Uid : null,
            Gid = t.Value.Gid.Length > 0 ? t.Value.Gid : null,
            Mode = t.Value.Mode.Length > 0 ? t.Value.Mode : null,
        }),
    };

    /// <exception cref="BerthException">BadRequest: a time that is none.</exception>
    public static ImageMetadata FromWire(Api.ImageMetadata metadata) => new()
    {
        Architecture = metadata.Architecture,
        CreatedAt = Time(metadata.CreationDate),
        ExpiresAt = Time(metadata.ExpiryDate),
        Properties = InstanceMap.FromWire(metadata.Properties),
        Templates = metadata.Templates.ToImmutableSortedDictionary(
            t => t.Key,
            t => new ImageTemplate
            {
                Template = t.Value.Template,
                When = [.. t.Value.When],
                CreateOnly = t.Value.CreateOnly,
                Properties = InstanceMap.FromWire(t.Value.Properties),
                Uid = t.Value.Uid ?? "",
                Gid = t.Value.Gid ?? "",
                Mode = t.Value.Mode ?? "",
            },
            StringComparer.Ordinal),
    };

    private static DateTimeOffset Time(long seconds) =>
        seconds is >= 0 and <= 253402300799 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : throw BerthException.BadRequest($"{seconds} is no time in seconds since 1970");
}
