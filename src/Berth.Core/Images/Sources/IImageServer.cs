using Berth.Core.Images.Import;

namespace Berth.Core.Images.Sources;

/// <summary>A server that has images.</summary>
public interface IImageServer : IDisposable
{
    /// <summary>Finds the image that an alias, a fingerprint or the start of one names.</summary>
    /// <param name="type">The type that it must have; empty for any.</param>
    /// <exception cref="BerthException">NotFound; BadRequest: the server or what it says cannot be used; Timeout.</exception>
    Task<RemoteImage> FindAsync(string name, string type, CancellationToken cancel);

    /// <summary>Receives the image's files into an import. What arrives is counted, and checked against what was promised.</summary>
    /// <param name="progress">Told bytes received and, where known, of how many.</param>
    Task DownloadAsync(RemoteImage image, ImageImport import, Action<long, long> progress, CancellationToken cancel);
}

/// <summary>Connects to servers of images.</summary>
public interface IImageServers
{
    /// <summary>Nothing is sent before the first question.</summary>
    /// <param name="secret">Opens a private image of an Incus server; empty for public ones.</param>
    /// <exception cref="BerthException">BadRequest: the URL, the protocol or the certificate cannot be used.</exception>
    IImageServer Connect(ImageSourceRecord source, string secret);
}
