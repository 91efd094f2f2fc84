using Berth.Api;
using Berth.Core;
using Berth.Core.Images;
using Berth.Core.Projects;
using Berth.Daemon.Http;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/images/aliases</c>. Names contain slashes (debian/12), which clients send escaped or not.</summary>
internal sealed class ImageAliasEndpoints(ImageStore images, Core.Events.EventHub events)
{
    private const string One = "/1.0/images/aliases/{**name}";

    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/images/aliases", ListAsync)
        .Post("/1.0/images/aliases", CreateAsync)
        .Get(One, GetAsync)
        .Put(One, request => UpdateAsync(request, request.ReadAsync(BerthJson.Default.ImageAliasesEntryPut)))
        .Patch(One, request => UpdateAsync(request, JsonPatch.ReadAsync(request, Changeable(Find(request)), BerthJson.Default.ImageAliasesEntryPut)))
        .Post(One, RenameAsync)
        .Delete(One, DeleteAsync);

    private static string PathOf(string project, string name) =>
        ApiPath.In(project, $"/1.0/images/aliases/{Uri.EscapeDataString(name)}");

    private ImageAliasRecord Find(ApiRequest request)
    {
        var name = request.Route("name");
        return request.Caller.IsTrusted ? images.GetAlias(request.Project, name)
            : images.FindAlias(request.Project, name) is { } alias && images.Get(request.Project, alias.Target).Public ? alias
            : throw ImageStore.Missing(name);
    }

    private static ImageAliasesEntry ToWire(ImageAliasRecord alias) =>
        new() { Name = alias.Name, Description = alias.Description, Target = alias.Target, Type = alias.Type };

    private static ImageAliasesEntryPut Changeable(ImageAliasRecord alias) => new() { Description = alias.Description, Target = alias.Target };

    private Task ListAsync(ApiRequest request)
    {
        var list = images.ListAliases(request.Project);
        return request.Recursion == 0
            ? request.SyncAsync([.. list.Select(a => ApiPath.In(a.Project, $"/1.0/images/aliases/{a.Alias.Name}"))], BerthJson.Default.StringList)
            : request.SyncAsync([.. list.Select(a => ToWire(a.Alias))], BerthJson.Default.ImageAliasesEntryList);
    }

    private Task GetAsync(ApiRequest request)
    {
        var alias = Find(request);
        return request.WithETag(Changeable(alias), BerthJson.Default.ImageAliasesEntryPut).SyncAsync(ToWire(alias), BerthJson.Default.ImageAliasesEntry);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        var post = await request.ReadAsync(BerthJson.Default.ImageAliasesPost);
        if (post.Name.Length == 0 || post.Target.Length == 0)
        {
            throw BerthException.BadRequest("Alias name and target are required");
        }

        images.CreateAlias(request.Project, post.Name, post.Target, post.Description);
        ImageEvents.AliasCreated(events, request.Project, post.Name, post.Target);
        await request.CreatedAsync(PathOf(request.Project, post.Name));
    }

    private async Task UpdateAsync(ApiRequest request, Task<ImageAliasesEntryPut> reading)
    {
        var alias = Find(request);
        var put = await reading;
        request.RequireMatch(Changeable(alias), BerthJson.Default.ImageAliasesEntryPut);
        if (put.Target.Length == 0)
        {
            throw BerthException.BadRequest("The target field is required");
        }

        images.UpdateAlias(request.Project, alias.Name, put.Target, put.Description);
        events.Lifecycle("image-alias-updated", request.Project, PathOf(request.Project, alias.Name), alias.Name, ImageEvents.Context("target", put.Target));
        await request.EmptyAsync();
    }

    private async Task RenameAsync(ApiRequest request)
    {
        var post = await request.ReadAsync(BerthJson.Default.ImageAliasesEntryPost);
        var old = request.Route("name");
        images.RenameAlias(request.Project, old, post.Name);
        events.Lifecycle("image-alias-renamed", request.Project, PathOf(request.Project, post.Name), post.Name, ImageEvents.Context("old_name", old));
        await request.CreatedAsync(PathOf(request.Project, post.Name));
    }

    private Task DeleteAsync(ApiRequest request)
    {
        var name = request.Route("name");
        images.DeleteAlias(request.Project, name);
        events.Lifecycle("image-alias-deleted", request.Project, PathOf(request.Project, name), name);
        return request.EmptyAsync();
    }
}
