using Berth.Api;
using Berth.Core.Images;
using Berth.Core.Images.Sources;

namespace Berth.Daemon.Endpoints;

/// <summary>Images that new instances bring along from other servers.</summary>
internal sealed class InstanceImages(ImageDownloader downloader, ImageSettings settings)
{
    /// <summary>What is to be loaded first; null when the instance needs nothing from elsewhere.</summary>
    public ImageFetch? Wanted(string project, InstancesPost post) => ImageSources.Of(project, post.Source, post.Type, settings);

    /// <returns>The image's fingerprint.</returns>
    public async Task<string> FetchAsync(ImageFetch fetch, Core.Operations.Operation operation, CancellationToken cancel) =>
        (await downloader.FetchAsync(fetch, text => operation.Progress("download", text), cancel)).Fingerprint;
}
