using Berth.Core.Images;
using Berth.Daemon.Endpoints;
using Berth.Daemon.Http;

namespace Berth.Daemon.Access;

/// <summary>Which image a path names, for whoever asks: strangers see public ones, and the one that they have a secret for.</summary>
internal static class ImageAccess
{
    public static ImageRecord Find(ApiRequest request, ImageStore images, ImageTokens tokens)
    {
        var name = request.Route("fingerprint");
        if (request.Caller.IsTrusted)
        {
            return images.Get(request.Project, name);
        }

        // A stranger does not learn what there is beside these, not even from an error.
        var project = request.Project;
        var secret = request.Query("secret");
        var fitting = images.List(project)
            .Where(i => i.Image.Fingerprint.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            .Where(i => i.Image.Public || tokens.Redeem(project, i.Image.Fingerprint, secret).Valid)
            .ToList();
        return fitting is [var (_, image)] ? image : throw ImageStore.Missing(name);
    }
}
