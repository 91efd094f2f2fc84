using Berth.Api;
using Berth.Core;
using Berth.Core.Images;
using Berth.Core.Operations;
using Berth.Core.Projects;
using Berth.Daemon.Access;
using Berth.Daemon.Http;
using Berth.Daemon.ImageServers;
using Berth.Daemon.Sessions;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/images/FINGERPRINT/export</c> and <c>/secret</c>: an image's files, for clients and for other servers.</summary>
internal sealed class ImageFileEndpoints(
    ImageStore images, ImageTokens tokens, ImagePush push, OperationRegistry operations, Core.Events.EventHub events)
{
    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/images/{fingerprint}/export", ExportAsync)
        .Post("/1.0/images/{fingerprint}/export", PushAsync)
        .Post("/1.0/images/{fingerprint}/secret", request => request.AsyncAsync(tokens.Issue(request.Project, Find(request).Fingerprint)));

    private ImageRecord Find(ApiRequest request) => ImageAccess.Find(request, images, tokens);

    private async Task ExportAsync(ApiRequest request)
    {
        var image = Find(request);
        tokens.Redeem(request.Project, image.Fingerprint, request.Query("secret"));
        request.Http.Response.Headers["X-Incus-Type"] = "incus";
        var files = images.OpenFiles(request.Project, image.Fingerprint);
        events.Lifecycle("image-retrieved", request.Project, ApiPath.In(request.Project, $"/1.0/images/{image.Fingerprint}"), image.Fingerprint);
        await ImageTransfer.SendAsync(request.Http, files);
    }

    /// <summary>Sends the image to a server that has given a secret for it.</summary>
    private async Task PushAsync(ApiRequest request)
    {
        var image = Find(request);
        var project = request.Project;
        var post = await request.ReadAsync(BerthJson.Default.ImageExportPost);
        ImageSources.RequireAllowed(request, post.Target);
        if (post.Target.Length == 0 || post.Secret.Length == 0)
        {
            throw BerthException.BadRequest("A push needs the target's URL and the secret that it gave (target, secret)");
        }

        await request.AsyncAsync(operations.Start(
            ImageEndpoints.Request(project, "Downloading image", image.Fingerprint) with { MayCancel = true },
            async (operation, cancel) =>
            {
                await push.RunAsync(project, image, post, cancel);
                events.Lifecycle(
                    "image-retrieved", project, ApiPath.In(project, $"/1.0/images/{image.Fingerprint}"), image.Fingerprint, ImageEvents.Context("target", post.Target));
            }));
    }
}
