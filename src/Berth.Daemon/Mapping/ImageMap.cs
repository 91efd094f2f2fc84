using Berth.Api;
using Berth.Core.Images;

namespace Berth.Daemon.Mapping;

/// <summary>Images on the wire.</summary>
internal static class ImageMap
{
    public static Image ToWire(string project, ImageRecord image, IEnumerable<ImageAliasRecord> aliases) => new()
    {
        Fingerprint = image.Fingerprint,
        Project = project,
        Type = image.Type,
        Architecture = image.Architecture,
        Aliases = [.. aliases.Select(a => new ImageAlias { Name = a.Name, Description = a.Description })],
        AutoUpdate = image.AutoUpdate,
        Cached = image.Cached,
        CreatedAt = image.CreatedAt,
        ExpiresAt = image.ExpiresAt,
        LastUsedAt = image.LastUsedAt,
        UploadedAt = image.UploadedAt,
        Filename = image.Filename,
        Profiles = image.Profiles,
        Properties = image.Properties,
        Public = image.Public,
        Size = image.Size,
        UpdateSource = image.Source is null ? null : ToWire(image.Source),
    };

    private static ImageSource ToWire(ImageSourceRecord source) => new()
    {
        Alias = source.Alias,
        Certificate = source.Certificate,
        ImageType = source.ImageType,
        Protocol = source.Protocol,
        Server = source.Server,
    };

    public static ImagePut Changeable(ImageRecord image) => new()
    {
        AutoUpdate = image.AutoUpdate,
        ExpiresAt = image.ExpiresAt,
        Profiles = image.Profiles,
        Properties = image.Properties,
        Public = image.Public,
    };
}
