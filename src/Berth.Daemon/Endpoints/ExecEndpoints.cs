using System.Collections.Immutable;
using Berth.Api;
using Berth.Core;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.Operations;
using Berth.Core.Projects;
using Berth.Daemon.Http;
using Berth.Daemon.Sessions;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/instances/NAME/exec</c> and the output that it recorded.</summary>
internal sealed class ExecEndpoints(InstanceRegistry registry, OperationRegistry operations, HostLayout layout, EventHub events)
{
    private const int MaxArguments = 4096;

    public void Map(ApiRoutes routes) => routes
        .Post("/1.0/instances/{name}/exec", StartAsync)
        .Get("/1.0/instances/{name}/logs/exec-output", ListOutputAsync)
        .Get("/1.0/instances/{name}/logs/exec-output/{file}", ReadOutputAsync)
        .Delete("/1.0/instances/{name}/logs/exec-output/{file}", DeleteOutputAsync);

    private async Task StartAsync(ApiRequest request)
    {
        var instance = registry.Get(request.Project, request.Route("name"));
        var post = await request.ReadAsync(BerthJson.Default.InstanceExecPost);
        var running = instance.RequireRunning();
        if (running.Frozen)
        {
            throw BerthException.Conflict($"The instance {instance.Id} is frozen; resume it with: berth resume {instance.Id.Name}");
        }

        var spec = ToSpec(post);
        var operation = InstanceEndpoints.Request(instance, "Executing command") with { MayCancel = true };
        if (post.WaitForWebsocket)
        {
            var session = new ExecSession(running, spec) { Started = () => Announce(instance, spec) };
            await request.AsyncAsync(operations.Start(
                operation with { Class = OperationClass.Websocket, Metadata = session.Metadata, Connect = session.ConnectAsync }, session.RunAsync));
            return;
        }

        if (spec.Terminal is not null)
        {
            throw BerthException.BadRequest("An interactive command needs wait-for-websocket");
        }

        var recorded = new RecordedExec(
            running, spec, post.RecordOutput ? OutputDirectory(instance) : null, $"/1.0/instances/{instance.Id.Name}/logs/exec-output")
        {
            Started = () => Announce(instance, spec),
        };
        await request.AsyncAsync(operations.Start(
            operation with { Metadata = ImmutableSortedDictionary<string, object>.Empty.Add("command", spec.Command) }, recorded.RunAsync));
    }

    private void Announce(Core.Instances.Instance instance, ExecSpec spec) => events.Lifecycle(
        "instance-exec", instance.Id.Project, InstanceLifecycle.PathOf(instance), instance.Id.Name, words: ("command", [.. spec.Command]));

    private static ExecSpec ToSpec(InstanceExecPost post)
    {
        if (post.Command.Count is 0 or > MaxArguments || post.Command[0].Length == 0)
        {
            throw BerthException.BadRequest($"A command needs 1 to {MaxArguments} words, the first of which is the program");
        }

        if (post.Command.Concat(post.Environment.Values).Append(post.Cwd).Any(w => w.Contains('\0', StringComparison.Ordinal)))
        {
            throw BerthException.BadRequest("A command, its environment and its directory cannot contain NUL characters");
        }

        if (post.Environment.Keys.FirstOrDefault(k => k.Length == 0 || k.Contains('=', StringComparison.Ordinal) || k.Contains('\0', StringComparison.Ordinal)) is { } wrong)
        {
            throw BerthException.BadRequest($"Invalid name of an environment variable: \"{wrong}\"");
        }

        return new()
        {
            Command = [.. post.Command],
            Environment = post.Environment.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Uid = post.User,
            Gid = post.Group,
            WorkingDirectory = post.Cwd.Length > 0 ? post.Cwd : null,
            Terminal = post.Interactive ? (Math.Clamp(post.Width, 0, ushort.MaxValue), Math.Clamp(post.Height, 0, ushort.MaxValue)) : null,
        };
    }

    private string OutputDirectory(Core.Instances.Instance instance) => Path.Combine(layout.Logs, instance.Id.Key, "exec-output");

    private Task ListOutputAsync(ApiRequest request)
    {
        var instance = registry.Get(request.Project, request.Route("name"));
        var directory = OutputDirectory(instance);
        IEnumerable<string> files = Directory.Exists(directory) ? Directory.GetFiles(directory).Order(StringComparer.Ordinal) : [];
        return request.SyncAsync(
            [.. files.Select(f => ApiPath.In(instance.Id.Project, $"/1.0/instances/{instance.Id.Name}/logs/exec-output/{Path.GetFileName(f)}"))], BerthJson.Default.StringList);
    }

    private string OutputFile(ApiRequest request)
    {
        var instance = registry.Get(request.Project, request.Route("name"));
        var name = request.Route("file");
        var path = Path.Combine(OutputDirectory(instance), name);
        return Path.GetFileName(name) == name && name.StartsWith("exec_", StringComparison.Ordinal) && File.Exists(path)
            ? path
            : throw BerthException.NotFound($"There is no recorded output \"{name}\"");
    }

    private async Task ReadOutputAsync(ApiRequest request)
    {
        await using var file = File.OpenRead(OutputFile(request));
        request.Http.Response.ContentType = "application/octet-stream";
        request.Http.Response.ContentLength = file.Length;
        await file.CopyToAsync(request.Http.Response.Body, request.Aborted);
    }

    private Task DeleteOutputAsync(ApiRequest request)
    {
        File.Delete(OutputFile(request));
        return request.EmptyAsync();
    }
}
