using Berth.Api;
using Berth.Core.Images;
using Berth.Core.Images.Sources;
using Berth.Core.Projects;

namespace Berth.Daemon.Endpoints;

/// <summary>Images that new instances bring along from other servers.</summary>
internal sealed class InstanceImages(ImageDownloader downloader, ImageSettings settings, ProjectGuard guard)
{
    /// <summary>What is to be loaded first; null when the instance needs nothing from elsewhere.</summary>
    /// <param name="project">The instance's project.</param>
    /// <param name="imageProject">The project whose images it uses.</param>
    public ImageFetch? Wanted(string project, string imageProject, InstancesPost post)
    {
        var fetch = ImageSources.Of(imageProject, post.Source, post.Type, settings);
        if (fetch is not null)
        {
            guard.AllowImageServer(project, fetch.Source.Server);
        }

        return fetch;
    }

    /// <returns>The image's fingerprint.</returns>
    public async Task<string> FetchAsync(ImageFetch fetch, Core.Operations.Operation operation, CancellationToken cancel) =>
        (await downloader.FetchAsync(fetch, text => operation.Progress("download", text), cancel)).Fingerprint;
}
