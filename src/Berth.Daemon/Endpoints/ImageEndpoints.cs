using System.Collections.Immutable;
using Berth.Api;
using Berth.Core;
using Berth.Core.Images;
using Berth.Core.Operations;
using Berth.Core.Profiles;
using Berth.Core.Projects;
using Berth.Daemon.Access;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/images</c>: list, read, change, refresh, delete.</summary>
internal sealed class ImageEndpoints(
    ImageStore images, ImageTokens tokens, ImageRemover remover, ImageRefresher refresher, ProfileService profiles, OperationRegistry operations, Core.Events.EventHub events)
{
    private const string One = "/1.0/images/{fingerprint}";

    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/images", ListAsync)
        .Get(One, GetAsync)
        .Put(One, request => UpdateAsync(request, request.ReadAsync(BerthJson.Default.ImagePut)))
        .Patch(One, request => UpdateAsync(request, JsonPatch.ReadAsync(request, ImageMap.Changeable(Find(request)), BerthJson.Default.ImagePut)))
        .Delete(One, DeleteAsync)
        .Post(One + "/refresh", RefreshAsync);

    /// <exception cref="BerthException">BadRequest: a profile that is not there.</exception>
    public static void RequireProfiles(ProfileService profiles, string project, IEnumerable<string> names)
    {
        var known = profiles.List(project).Select(profile => profile.Name).ToHashSet(StringComparer.Ordinal);
        if (names.FirstOrDefault(name => !known.Contains(name)) is { } missing)
        {
            throw BerthException.BadRequest($"Profile '{missing}' doesn't exist; available: {string.Join(", ", known.Order(StringComparer.Ordinal))}");
        }
    }

    public static OperationRequest Request(string project, string description, string fingerprint) => new(project, description)
    {
        Resources = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("images", [ApiPath.In(project, $"/1.0/images/{fingerprint}")]),
    };

    private ImageRecord Find(ApiRequest request) => ImageAccess.Find(request, images, tokens);

    private Image ToWire(string project, ImageRecord image) => ImageMap.ToWire(project, image, images.AliasesOf(project, image.Fingerprint));

    private Task ListAsync(ApiRequest request)
    {
        var list = request.Listed(images.List).Where(i => i.Image.Public || request.Caller.IsTrusted).Select(i => ToWire(i.Project, i.Image));
        list = ListFilter.Parse(request.Query("filter"))?.Apply(list, BerthJson.Default.Image) ?? list;
        return request.Recursion == 0
            ? request.SyncAsync([.. list.Select(i => ApiPath.In(i.Project, $"/1.0/images/{i.Fingerprint}"))], BerthJson.Default.StringList)
            : request.SyncAsync([.. list], BerthJson.Default.ImageList);
    }

    private Task GetAsync(ApiRequest request)
    {
        var image = Find(request);
        tokens.Redeem(request.Project, image.Fingerprint, request.Query("secret"));
        return request.WithETag(ImageMap.Changeable(image), BerthJson.Default.ImagePut).SyncAsync(ToWire(request.Project, image), BerthJson.Default.Image);
    }

    private async Task UpdateAsync(ApiRequest request, Task<ImagePut> reading)
    {
        var image = Find(request);
        var put = await reading;
        request.RequireMatch(ImageMap.Changeable(image), BerthJson.Default.ImagePut);
        var wanted = put.Profiles ?? [ProfileRecord.Default];
        RequireProfiles(profiles, request.ProjectOf(ProjectFeature.Profiles), wanted);
        images.Change(request.Project, image.Fingerprint, old => old with
        {
            Properties = InstanceMap.FromWire(put.Properties),
            Public = put.Public,
            AutoUpdate = put.AutoUpdate,
            ExpiresAt = put.ExpiresAt == default ? old.ExpiresAt : put.ExpiresAt,
            Profiles = [.. wanted],
        });
        events.Lifecycle("image-updated", request.Project, ApiPath.In(request.Project, $"/1.0/images/{image.Fingerprint}"), image.Fingerprint);
        await request.EmptyAsync();
    }

    /// <summary>Instances of the image keep what they use; the pools give it back with the last of them.</summary>
    private Task DeleteAsync(ApiRequest request)
    {
        var image = Find(request);
        var project = request.Project;
        return request.AsyncAsync(operations.Start(
            Request(project, "Deleting image", image.Fingerprint), (_, cancel) => remover.DeleteAsync(project, image.Fingerprint, cancel)));
    }

    private Task RefreshAsync(ApiRequest request)
    {
        var image = Find(request);
        var project = request.Project;
        return request.AsyncAsync(operations.Start(
            Request(project, "Refreshing image", image.Fingerprint) with { MayCancel = true },
            async (operation, cancel) => operation.Report("refreshed", await refresher.RefreshAsync(project, image.Fingerprint, text => operation.Progress("download", text), cancel))));
    }
}
