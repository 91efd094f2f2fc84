using Berth.Api;
using Berth.Core;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.Projects;
using Berth.Daemon.Http;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/instances/NAME/logs</c>: what the engine and the console wrote, of running and stopped instances.</summary>
internal sealed class LogEndpoints(InstanceRegistry registry, HostLayout layout, EventHub events)
{
    /// <summary>Files that may be read; what else an engine keeps there is its own.</summary>
    private static readonly string[] Names = ["lxc.log", "qemu.log", ConsoleLogFile.Name];

    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/instances/{name}/logs", ListAsync)
        .Get("/1.0/instances/{name}/logs/{file}", ReadAsync)
        .Delete("/1.0/instances/{name}/logs/{file}", DeleteAsync);

    private Core.Instances.Instance Find(ApiRequest request) => registry.Get(request.Project, request.Route("name"));

    private string DirectoryOf(Core.Instances.Instance instance) => Path.Combine(layout.Logs, instance.Id.Key);

    private Task ListAsync(ApiRequest request)
    {
        var instance = Find(request);
        var directory = DirectoryOf(instance);
        return request.SyncAsync(
            [.. Names.Where(n => File.Exists(Path.Combine(directory, n))).Order(StringComparer.Ordinal).Select(n => $"/1.0/instances/{instance.Id.Name}/logs/{n}")],
            BerthJson.Default.StringList);
    }

    private async Task ReadAsync(ApiRequest request)
    {
        var instance = Find(request);
        var name = NameOf(request);
        var path = Path.Combine(DirectoryOf(instance), name);
        if (!File.Exists(path))
        {
            throw BerthException.NotFound($"The instance {instance.Id} has no log {name}");
        }

        events.Lifecycle("instance-log-retrieved", instance.Id.Project, LogPath(instance, name), instance.Id.Name);
        if (name == ConsoleLogFile.Name)
        {
            await request.BytesAsync(await ConsoleLogFile.ReadAsync(DirectoryOf(instance), request.Aborted));
            return;
        }

        // Written meanwhile: what is there now is sent, and its length said.
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        request.Http.Response.ContentType = "application/octet-stream";
        await file.CopyToAsync(request.Http.Response.Body, request.Aborted);
    }

    private Task DeleteAsync(ApiRequest request)
    {
        var instance = Find(request);
        var name = NameOf(request);
        if (name != ConsoleLogFile.Name)
        {
            throw BerthException.BadRequest("Only log files excluding qemu.log and lxc.log may be deleted");
        }

        ConsoleLogFile.Clear(DirectoryOf(instance));
        events.Lifecycle("instance-log-deleted", instance.Id.Project, LogPath(instance, name), instance.Id.Name);
        return request.EmptyAsync();
    }

    private static string InstancePath(Core.Instances.Instance instance) => $"/1.0/instances/{instance.Id.Name}";

    private static string LogPath(Core.Instances.Instance instance, string name) => ApiPath.In(instance.Id.Project, $"{InstancePath(instance)}/logs/{name}");

    private static string NameOf(ApiRequest request) =>
        request.Route("file") is var name && Names.Contains(name)
            ? name
            : throw BerthException.BadRequest($"Log file name \"{name}\" not valid; available: {string.Join(", ", Names)}");
}
