using System.Globalization;
using Berth.Api;
using Berth.Core;
using Berth.Core.Events;
using Berth.Core.Operations;
using Berth.Daemon.Access;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;
using Berth.Daemon.Sessions;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/operations</c>.</summary>
internal sealed class OperationEndpoints(OperationRegistry operations, EventHub events)
{
    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/operations", ListAsync)
        .Get("/1.0/operations/{id}", request => request.SyncAsync(OperationMap.ToWire(Find(request).View), BerthJson.Default.Operation))
        .Delete("/1.0/operations/{id}", CancelAsync)
        .Get("/1.0/operations/{id}/wait", WaitAsync)
        .Get("/1.0/operations/{id}/websocket", ConnectAsync);

    /// <summary>The operation, if it is in a project that the caller may see; to others it does not exist.</summary>
    private Core.Operations.Operation Find(ApiRequest request)
    {
        var operation = operations.Get(request.Route("id"));
        return request.Caller.Sees(operation.View.Project) ? operation : throw OperationRegistry.Missing(request.Route("id"));
    }

    /// <summary>Whoever knows the secret of an operation may follow it, trusted or not: so a server fetches from another one.</summary>
    private Core.Operations.Operation FindWithSecret(ApiRequest request)
    {
        var operation = operations.Get(request.Route("id"));
        var secret = request.Query("secret");
        return request.Caller.Sees(operation.View.Project) || (secret.Length > 0 && OperationSecrets.Has(operation, secret))
            ? operation
            : throw Authoriser.Forbidden(request.Caller);
    }

    private Task ListAsync(ApiRequest request)
    {
        var project = request.AllProjects ? null : request.NamedProject;
        var byStatus = operations.All.Select(o => o.View)
            .Where(v => (project is null || v.Project.Length == 0 || v.Project == project) && request.Caller.Sees(v.Project))
            .GroupBy(v => ((StatusCode)(int)v.Status).Text().ToLowerInvariant());
        return request.Recursion == 0
            ? request.SyncAsync(
                byStatus.ToDictionary(g => g.Key, g => (IReadOnlyList<string>)[.. g.Select(v => $"/1.0/operations/{v.Id}")]),
                BerthJson.Default.StringListMap)
            : request.SyncAsync(
                byStatus.ToDictionary(g => g.Key, g => (IReadOnlyList<Api.Operation>)[.. g.Select(OperationMap.ToWire)]),
                BerthJson.Default.OperationsByStatus);
    }

    private Task CancelAsync(ApiRequest request)
    {
        var operation = Find(request);
        operation.Cancel();
        events.Lifecycle("operation-cancelled", operation.View.Project, $"/1.0/operations/{operation.Id}", operation.Id.ToString());
        return request.EmptyAsync();
    }

    /// <summary>Answers when the operation is over, or after <c>timeout</c> seconds with its present state (-1 or none: no limit).</summary>
    private async Task WaitAsync(ApiRequest request)
    {
        var operation = FindWithSecret(request);
        var timeout = request.Query("timeout") switch
        {
            "" or "-1" => Timeout.InfiniteTimeSpan,
            var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) => TimeSpan.FromSeconds(seconds),
            var text => throw BerthException.BadRequest($"Invalid timeout \"{text}\": give seconds, or -1 for no limit"),
        };
        await operation.Completion.WaitAsync(timeout, request.Aborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        request.Aborted.ThrowIfCancellationRequested();
        await request.SyncAsync(OperationMap.ToWire(operation.View), BerthJson.Default.Operation);
    }

    private async Task ConnectAsync(ApiRequest request)
    {
        var operation = FindWithSecret(request);
        if (operation.Connect is not { } connect)
        {
            throw BerthException.BadRequest("This operation takes no websocket");
        }

        if (!request.Http.WebSockets.IsWebSocketRequest)
        {
            throw BerthException.BadRequest("This path takes a websocket; send an upgrade request");
        }

        await connect(request.Query("secret"), new WebSocketOffer(request.Http));
    }
}
