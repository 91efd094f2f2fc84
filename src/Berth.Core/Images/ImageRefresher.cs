using System.Collections.Immutable;
using Berth.Core.Events;
using Berth.Core.Images.Sources;
using Berth.Core.Projects;

namespace Berth.Core.Images;

/// <summary>Replaces an image by what its source has now under the same name: aliases, profiles and marks go over to the new one.</summary>
public sealed class ImageRefresher(ImageStore images, ImageDownloader downloader, ImageRemover remover, EventHub events)
{
    /// <summary>Says whether a project may take images from a server, by throwing where it may not.</summary>
    public Action<string, string> Allow { get; init; } = static (_, _) => { };

    /// <returns>Whether there was a newer one.</returns>
    /// <exception cref="BerthException">NotFound; BadRequest: the image has no source; what the source answers.</exception>
    public async Task<bool> RefreshAsync(string project, string fingerprint, Action<string> progress, CancellationToken cancel)
    {
        var old = images.Get(project, fingerprint);
        var source = old.Source ?? throw BerthException.BadRequest(
            $"image {old.ShortFingerprint} has no source to ask: it was imported, built or published, or copied by its fingerprint");
        Allow(project, source.Server);
        var fresh = await downloader.FetchAsync(
            new()
            {
                Project = project,
                Source = source with { ImageType = source.ImageType.Length > 0 ? source.ImageType : old.Type },
                AutoUpdate = old.AutoUpdate,
                Cached = old.Cached,
                Public = old.Public,
                Profiles = old.Profiles,
            },
            progress,
            cancel);
        if (fresh.Fingerprint == old.Fingerprint)
        {
            return false;
        }

        images.Change(project, fresh.Fingerprint, image => image with { LastUsedAt = old.LastUsedAt, Cached = old.Cached, Source = old.Source });
        images.MoveAliases(project, old.Fingerprint, fresh.Fingerprint);
        events.Lifecycle(
            "image-created", project, ApiPath.In(project, $"/1.0/images/{fresh.Fingerprint}"), fresh.Fingerprint,
            ImmutableSortedDictionary<string, string>.Empty.Add("type", fresh.Type));
        await remover.DeleteAsync(project, old.Fingerprint, cancel);
        events.Lifecycle("image-refreshed", project, ApiPath.In(project, $"/1.0/images/{old.Fingerprint}"), old.Fingerprint);
        return true;
    }
}
