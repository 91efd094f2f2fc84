using System.Collections.Immutable;
using Berth.Api;
using Berth.Core;
using Berth.Core.Images;
using Berth.Core.Images.Building;
using Berth.Core.Resources;
using Berth.Core.Operations;
using Berth.Core.Storage;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;
using Berth.Daemon.Sessions;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/images</c>: list, import, build, read, change, export, delete.</summary>
internal sealed class ImageEndpoints(
    ImageStore images, ImageBuilder builder, PoolService pools, OperationRegistry operations, Core.Events.EventHub events)
{
    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/images", ListAsync)
        .Post("/1.0/images", CreateAsync)
        .Get("/1.0/images/{fingerprint}", GetAsync)
        .Put("/1.0/images/{fingerprint}", request => UpdateAsync(request, request.ReadAsync(BerthJson.Default.ImagePut)))
        .Patch("/1.0/images/{fingerprint}", request => UpdateAsync(request, JsonPatch.ReadAsync(request, ImageMap.Changeable(Find(request)), BerthJson.Default.ImagePut)))
        .Delete("/1.0/images/{fingerprint}", DeleteAsync)
        .Get("/1.0/images/{fingerprint}/export", request => ImageTransfer.SendAsync(request, images.OpenFiles(request.Project, request.Route("fingerprint"))));

    private ImageRecord Find(ApiRequest request) => images.Get(request.Project, request.Route("fingerprint"));

    private Image ToWire(string project, ImageRecord image) => ImageMap.ToWire(project, image, images.AliasesOf(project, image.Fingerprint));

    private Task ListAsync(ApiRequest request)
    {
        var project = request.QueryFlag("all-projects") ? Core.Instances.InstanceId.DefaultProject : request.Project;
        var list = images.List(project).Select(i => ToWire(i.Project, i.Image));
        list = ListFilter.Parse(request.Query("filter"))?.Apply(list, BerthJson.Default.Image) ?? list;
        return request.Recursion == 0
            ? request.SyncAsync([.. list.Select(i => $"/1.0/images/{i.Fingerprint}")], BerthJson.Default.StringList)
            : request.SyncAsync([.. list], BerthJson.Default.ImageList);
    }

    private Task GetAsync(ApiRequest request)
    {
        var image = Find(request);
        return request.WithETag(ImageMap.Changeable(image), BerthJson.Default.ImagePut).SyncAsync(ToWire(request.Project, image), BerthJson.Default.Image);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        if (request.Http.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) == true)
        {
            await BuildAsync(request, await request.ReadAsync(BerthJson.Default.ImagesPost));
            return;
        }

        await ImportAsync(request);
    }

    /// <summary>The files are received with the request; looking at them, which may take long, is the operation's.</summary>
    private async Task ImportAsync(ApiRequest request)
    {
        var options = ImageTransfer.Options(request);
        var import = images.BeginImport();
        try
        {
            await ImageTransfer.ReceiveAsync(request, import);
        }
        catch
        {
            await import.DisposeAsync();
            throw;
        }

        await request.AsyncAsync(operations.Start(new(options.Project, "Importing image"), async (operation, cancel) =>
        {
            await using (import)
            {
                Announce(operation, options.Project, await import.CompleteAsync(options, cancel));
            }
        }));
    }

    private Task BuildAsync(ApiRequest request, ImagesPost post)
    {
        var source = post.Source ?? throw BerthException.BadRequest("Send where the image comes from as \"source\"");
        if (source.Type != "build")
        {
            throw BerthException.Unsupported(
                $"Images from \"{source.Type}\" are not supported yet; upload the image's files, or build one (berth image build debian/12)");
        }

        var wanted = new DistributionRequest
        {
            Project = request.Project,
            Distribution = Required(source.Distribution, "distribution"),
            Release = Required(source.Release, "release"),
            Suite = string.IsNullOrEmpty(source.Suite) ? null : source.Suite,
            Packages = source.Packages ?? [],
            DiskSize = string.IsNullOrEmpty(source.Size) ? null : ByteSize.Parse("size", source.Size),
            Alias = post.Aliases is [var first, ..] ? first.Name : null,
            Agent = AgentProgram.Find(),
        };
        return request.AsyncAsync(operations.Start(new(wanted.Project, "Building image") { MayCancel = true }, async (operation, cancel) =>
        {
            var image = await builder.BuildAsync(wanted, (percent, step) => operation.Progress("build", $"{percent}% {step}"), cancel);
            foreach (var alias in post.Aliases.Skip(1))
            {
                images.PointAlias(wanted.Project, alias.Name, image.Fingerprint);
            }

            Announce(operation, wanted.Project, image);
        }));
    }

    private static string Required(string? value, string name) =>
        string.IsNullOrEmpty(value) ? throw BerthException.BadRequest($"A build needs source.{name}, for example debian and 12") : value;

    private void Announce(Core.Operations.Operation operation, string project, ImageRecord image)
    {
        operation.Report("fingerprint", image.Fingerprint);
        operation.Report("size", image.Size);
        events.Lifecycle("image-created", project, $"/1.0/images/{image.Fingerprint}", image.Fingerprint);
    }

    private async Task UpdateAsync(ApiRequest request, Task<ImagePut> reading)
    {
        var image = Find(request);
        var put = await reading;
        request.RequireMatch(ImageMap.Changeable(image), BerthJson.Default.ImagePut);
        images.Update(request.Project, image.Fingerprint, new()
        {
            Properties = InstanceMap.FromWire(put.Properties),
            Public = put.Public,
            AutoUpdate = put.AutoUpdate,
            ExpiresAt = put.ExpiresAt,
            Profiles = put.Profiles is null ? null : [.. put.Profiles],
        });
        events.Lifecycle("image-updated", request.Project, $"/1.0/images/{image.Fingerprint}", image.Fingerprint);
        await request.EmptyAsync();
    }

    /// <summary>Instances of the image keep what they use; the pools give it back with the last of them.</summary>
    private Task DeleteAsync(ApiRequest request)
    {
        var image = Find(request);
        var project = request.Project;
        var operation = new OperationRequest(project, "Deleting image")
        {
            Resources = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("images", [$"/1.0/images/{image.Fingerprint}"]),
        };
        return request.AsyncAsync(operations.Start(operation, async (_, cancel) =>
        {
            if (images.Delete(project, image.Fingerprint).Gone)
            {
                foreach (var pool in pools.Open)
                {
                    await pool.RemoveImageAsync(image.Fingerprint, cancel);
                }
            }

            events.Lifecycle("image-deleted", project, $"/1.0/images/{image.Fingerprint}", image.Fingerprint);
        }));
    }
}
