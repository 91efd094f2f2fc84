using Berth.Core.Events;
using Berth.Core.Projects;
using Berth.Core.Storage;

namespace Berth.Core.Images;

/// <summary>Removes images, and what the pools have of them.</summary>
public sealed class ImageRemover(ImageStore images, PoolService pools, EventHub events)
{
    /// <exception cref="BerthException">NotFound.</exception>
    public async Task DeleteAsync(string project, string fingerprint, CancellationToken cancel)
    {
        if (images.Delete(project, fingerprint).Gone)
        {
            foreach (var pool in pools.Open)
            {
                await pool.RemoveImageAsync(fingerprint, cancel);
            }
        }

        events.Lifecycle("image-deleted", project, ApiPath.In(project, $"/1.0/images/{fingerprint}"), fingerprint);
    }
}
