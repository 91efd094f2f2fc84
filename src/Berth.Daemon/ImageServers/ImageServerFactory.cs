using Berth.Core;
using Berth.Core.Images;
using Berth.Core.Images.Sources;

namespace Berth.Daemon.ImageServers;

/// <summary>Chooses how to speak with a server of images.</summary>
internal sealed class ImageServerFactory(ImageSettings settings) : IImageServers
{
    public const string SimpleStreams = "simplestreams";
    public const string Incus = "incus";
    public const string Direct = "direct";

    public IImageServer Connect(ImageSourceRecord source, string secret) => source.Protocol switch
    {
        SimpleStreams => new SimpleStreamsServer(ImageHttp.Open(source.Server, source.Certificate, unix: false, settings), settings.DefaultArchitecture),
        Incus or "lxd" => new IncusServer(ImageHttp.Open(source.Server, source.Certificate, unix: true, settings), source.Project, secret),
        Direct => new DirectServer(ImageHttp.Open(source.Server, source.Certificate, unix: false, settings)),
        "oci" => throw BerthException.Unsupported("Images of OCI registries are not supported: use a simplestreams or an Incus server"),
        var other => throw BerthException.BadRequest($"There is no image protocol \"{other}\"; available: {SimpleStreams}, {Incus}, {Direct}"),
    };
}
