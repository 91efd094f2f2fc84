using Berth.Core.Events;
using Berth.Core.Images;
using Berth.Core.Storage;

namespace Berth.Core.Projects;

/// <summary>The images of a project.</summary>
public sealed class ImagesInProject(ImageStore images, PoolService pools, EventHub events) : IProjectContent
{
    public IEnumerable<string> UsedBy(string project) => images.List(project).Select(i => PathOf(project, i.Image.Fingerprint));

    public async Task RemoveAllAsync(string project, CancellationToken cancel)
    {
        foreach (var (_, image) in images.List(project))
        {
            if (images.Delete(project, image.Fingerprint).Gone)
            {
                foreach (var pool in pools.Open)
                {
                    await pool.RemoveImageAsync(image.Fingerprint, cancel);
                }
            }

            events.Lifecycle("image-deleted", project, PathOf(project, image.Fingerprint), image.Fingerprint);
        }
    }

    private static string PathOf(string project, string fingerprint) => ApiPath.In(project, $"/1.0/images/{fingerprint}");
}
