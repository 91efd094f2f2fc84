using Berth.Api;
using Berth.Core.Instances;
using Berth.Core.Profiles;
using Berth.Core.Projects;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/profiles</c>.</summary>
internal sealed class ProfileEndpoints(ProfileService profiles, InstanceConfigurator instances)
{
    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/profiles", ListAsync)
        .Post("/1.0/profiles", CreateAsync)
        .Get("/1.0/profiles/{name}", GetAsync)
        .Put("/1.0/profiles/{name}", request => UpdateAsync(request, request.ReadAsync(BerthJson.Default.ProfilePut)))
        .Patch("/1.0/profiles/{name}", request => UpdateAsync(request, JsonPatch.ReadAsync(request, Changeable(Find(request)), BerthJson.Default.ProfilePut)))
        .Post("/1.0/profiles/{name}", RenameAsync)
        .Delete("/1.0/profiles/{name}", DeleteAsync);

    private ProfileRecord Find(ApiRequest request) => profiles.Get(request.Project, request.Route("name"));

    private IReadOnlyList<string> Users(ProfileRecord profile) =>
        [.. instances.UsersOf(profile.Project, profile.Name).Select(InstanceLifecycle.PathOf)];

    private Profile ToWire(ApiRequest request, ProfileRecord profile) => new()
    {
        Name = profile.Name,
        Project = profile.Project,
        Description = profile.Description,
        Config = profile.Config,
        Devices = InstanceMap.Devices(profile.Devices),
        UsedBy = request.Visible(Users(profile)),
    };

    private static ProfilePut Changeable(ProfileRecord profile) =>
        new() { Description = profile.Description, Config = profile.Config, Devices = InstanceMap.Devices(profile.Devices) };

    private Task ListAsync(ApiRequest request)
    {
        var list = request.Listed(profiles.List).ToList();
        return request.Recursion == 0
            ? request.SyncAsync([.. list.Select(ProfileService.PathOf)], BerthJson.Default.StringList)
            : request.SyncAsync([.. list.Select(p => ToWire(request, p))], BerthJson.Default.ProfileList);
    }

    private Task GetAsync(ApiRequest request)
    {
        var profile = Find(request);
        return request.WithETag(Changeable(profile), BerthJson.Default.ProfilePut).SyncAsync(ToWire(request, profile), BerthJson.Default.Profile);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        var post = await request.ReadAsync(BerthJson.Default.ProfilesPost);
        profiles.Create(new()
        {
            Project = request.Project,
            Name = post.Name,
            Description = post.Description,
            Config = InstanceMap.FromWire(post.Config),
            Devices = InstanceMap.FromWire(post.Devices),
        });
        await request.CreatedAsync(ApiPath.In(request.Project, $"/1.0/profiles/{Uri.EscapeDataString(post.Name)}"));
    }

    private async Task UpdateAsync(ApiRequest request, Task<ProfilePut> reading)
    {
        var profile = Find(request);
        var put = await reading;
        request.RequireMatch(Changeable(profile), BerthJson.Default.ProfilePut);
        await profiles.UpdateAsync(
            profile with { Description = put.Description, Config = InstanceMap.FromWire(put.Config), Devices = InstanceMap.FromWire(put.Devices) },
            request.Aborted);
        await request.EmptyAsync();
    }

    private async Task RenameAsync(ApiRequest request)
    {
        var post = await request.ReadAsync(BerthJson.Default.ProfilePost);
        var profile = Find(request);
        profiles.Rename(profile.Project, profile.Name, post.Name, Users(profile));
        await request.CreatedAsync(ApiPath.In(request.Project, $"/1.0/profiles/{Uri.EscapeDataString(post.Name)}"));
    }

    private Task DeleteAsync(ApiRequest request)
    {
        var profile = Find(request);
        profiles.Delete(profile.Project, profile.Name, Users(profile));
        return request.EmptyAsync();
    }
}
