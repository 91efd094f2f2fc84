using Berth.Api;
using Berth.Core;
using Berth.Core.Images;
using Berth.Core.Images.Sources;
using Berth.Daemon.Access;
using Berth.Daemon.Http;
using Berth.Daemon.ImageServers;

namespace Berth.Daemon.Endpoints;

/// <summary>Servers of images as requests name them.</summary>
internal static class ImageSources
{
    /// <summary>A socket of this host is for those who may do everything here anyway.</summary>
    /// <exception cref="BerthException">Forbidden.</exception>
    public static void RequireAllowed(ApiRequest request, string? server)
    {
        if (server?.StartsWith("unix:", StringComparison.Ordinal) == true && !request.Caller.IsFull)
        {
            throw Authoriser.Forbidden(request.Caller);
        }
    }

    /// <exception cref="BerthException">BadRequest: it names no image.</exception>
    public static ImageSourceRecord Of(ImagesPostSource source) => new()
    {
        Server = source.Server,
        Protocol = source.Protocol.Length > 0 ? source.Protocol : ImageServerFactory.Incus,
        Certificate = source.Certificate,
        Alias = Name(source.Fingerprint, source.Alias),
        ImageType = Type(source.ImageType),
        Project = source.Project,
    };

    /// <summary>The image that a new instance wants from another server; null when it wants none.</summary>
    /// <param name="type">The instance's type.</param>
    public static ImageFetch? Of(string project, InstanceSource source, string type, ImageSettings settings)
    {
        if (source.Type != "image" || string.IsNullOrEmpty(source.Server))
        {
            return null;
        }

        return source.Mode is null or "" or "pull"
            ? new()
            {
                Project = project,
                Source = new()
                {
                    Server = source.Server,
                    Protocol = source.Protocol is { Length: > 0 } protocol ? protocol : ImageServerFactory.Incus,
                    Certificate = source.Certificate,
                    Alias = Name(source.Fingerprint ?? "", source.Alias ?? ""),
                    ImageType = type.Length > 0 ? type : ImageType.Container,
                    Project = source.Project ?? "",
                },
                Secret = source.Secret ?? "",
                PreferCached = true,
                Cached = true,
                AutoUpdate = settings.AutoUpdateCached(project),
            }
            : throw BerthException.BadRequest($"An instance pulls its image: the mode \"{source.Mode}\" cannot be used");
    }

    private static string Name(string fingerprint, string alias) =>
        fingerprint.Length > 0 ? fingerprint
        : alias.Length > 0 ? alias
        : throw BerthException.BadRequest("An image needs source.alias or source.fingerprint");

    private static string Type(string type) => type is "" or ImageType.Container or ImageType.VirtualMachine
        ? type
        : throw BerthException.BadRequest($"There is no image type \"{type}\"; available: {ImageType.Container}, {ImageType.VirtualMachine}");
}
