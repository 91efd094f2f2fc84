using System.Collections.Immutable;
using Berth.Api;
using Berth.Core.Networks;
using Berth.Core.Operations;
using Berth.Core.Projects;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/projects</c>.</summary>
internal sealed class ProjectEndpoints(
    ProjectManager manager, ProjectService projects, ProjectGuard guard, NetworkService networks, OperationRegistry operations)
{
    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/projects", ListAsync)
        .Post("/1.0/projects", CreateAsync)
        .Get("/1.0/projects/{name}", GetAsync)
        .Put("/1.0/projects/{name}", request => UpdateAsync(request, request.ReadAsync(BerthJson.Default.ProjectPut)))
        .Patch("/1.0/projects/{name}", request => UpdateAsync(request, JsonPatch.ReadAsync(request, Changeable(Find(request)), BerthJson.Default.ProjectPut)))
        .Post("/1.0/projects/{name}", RenameAsync)
        .Delete("/1.0/projects/{name}", DeleteAsync)
        .Get("/1.0/projects/{name}/state", StateAsync);

    private ProjectRecord Find(ApiRequest request) => projects.Get(request.Route("name"));

    private Project ToWire(ProjectRecord project) => new()
    {
        Name = project.Name,
        Description = project.Description,
        Config = project.Config,
        UsedBy = UsedBy(project.Name),
    };

    /// <summary>Networks are the host's and shown with the default project.</summary>
    private IReadOnlyList<string> UsedBy(string project) => project == ProjectRecord.Default
        ? [.. manager.UsedBy(project), .. networks.List().Select(n => $"/1.0/networks/{n.Name}")]
        : manager.UsedBy(project);

    private static ProjectPut Changeable(ProjectRecord project) => new() { Description = project.Description, Config = project.Config };

    private Task ListAsync(ApiRequest request)
    {
        var list = projects.List().Where(p => request.Caller.Sees(p.Name)).Select(ToWire);
        list = ListFilter.Parse(request.Query("filter"))?.Apply(list, BerthJson.Default.Project) ?? list;
        return request.Recursion == 0
            ? request.SyncAsync([.. list.Select(p => $"/1.0/projects/{Uri.EscapeDataString(p.Name)}")], BerthJson.Default.StringList)
            : request.SyncAsync([.. list], BerthJson.Default.ProjectList);
    }

    private Task GetAsync(ApiRequest request)
    {
        var project = Find(request);
        return request.WithETag(Changeable(project), BerthJson.Default.ProjectPut).SyncAsync(ToWire(project), BerthJson.Default.Project);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        var post = await request.ReadAsync(BerthJson.Default.ProjectsPost);
        manager.Create(new() { Name = post.Name, Description = post.Description, Config = InstanceMap.FromWire(post.Config) });
        await request.CreatedAsync($"/1.0/projects/{Uri.EscapeDataString(post.Name)}");
    }

    private async Task UpdateAsync(ApiRequest request, Task<ProjectPut> reading)
    {
        var project = Find(request);
        var put = await reading;
        request.RequireMatch(Changeable(project), BerthJson.Default.ProjectPut);
        manager.Update(project with { Description = put.Description, Config = InstanceMap.FromWire(put.Config) });
        await request.EmptyAsync();
    }

    private async Task RenameAsync(ApiRequest request)
    {
        var post = await request.ReadAsync(BerthJson.Default.ProjectPost);
        var name = Find(request).Name;
        ProjectManager.RefuseDefault(name, "renamed");
        await request.AsyncAsync(operations.Start(new(ProjectRecord.Default, "Renaming project") { Resources = Resource(name) }, (_, _) =>
        {
            manager.Rename(name, post.Name);
            return Task.CompletedTask;
        }));
    }

    private async Task DeleteAsync(ApiRequest request)
    {
        // What has begun to go is not left half-way because the client went away.
        await manager.DeleteAsync(request.Route("name"), request.QueryFlag("force"), CancellationToken.None);
        await request.EmptyAsync();
    }

    private Task StateAsync(ApiRequest request)
    {
        var project = Find(request).Name;
        var use = guard.Use(project, project == ProjectRecord.Default ? networks.List().Count : 0);
        return request.SyncAsync(
            new ProjectState { Resources = use.ToDictionary(u => u.Key, u => new ProjectStateResource { Limit = u.Value.Limit, Usage = u.Value.Usage }) },
            BerthJson.Default.ProjectState);
    }

    private static ImmutableSortedDictionary<string, ImmutableArray<string>> Resource(string name) =>
        ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("projects", [$"/1.0/projects/{Uri.EscapeDataString(name)}"]);
}
