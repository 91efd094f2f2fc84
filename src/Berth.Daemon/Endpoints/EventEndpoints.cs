using System.Collections.Immutable;
using Berth.Core;
using Berth.Core.Events;
using Berth.Daemon.Access;
using Berth.Daemon.Http;
using Berth.Daemon.Sessions;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/events</c>.</summary>
internal sealed class EventEndpoints(EventHub events)
{
    private static readonly ImmutableArray<string> Types = ["operation", "logging", "lifecycle"];

    /// <summary>A type that clients may ask for and that there are no events of: Berth has no network ACLs.</summary>
    private const string Silent = "network-acl";

    public void Map(ApiRoutes routes) => routes.Get("/1.0/events", ListenAsync);

    private async Task ListenAsync(ApiRequest request)
    {
        Predicate<string> wanted = request.AllProjects ? request.Caller.Sees : request.AskedProject.Equals;
        ImmutableArray<string> types = request.Query("type") is { Length: > 0 } text ? [.. text.Split(',')] : request.Caller.IsFull ? Types : Types.Remove("logging");
        if (types.FirstOrDefault(t => t != Silent && !Types.Contains(t)) is { } unknown)
        {
            throw BerthException.BadRequest($"There is no event type \"{unknown}\"; available: {string.Join(", ", Types.Add(Silent))}");
        }

        if (types.Contains("logging") && !request.Caller.IsFull)
        {
            throw Authoriser.Forbidden(request.Caller);
        }

        if (!request.Http.WebSockets.IsWebSocketRequest)
        {
            throw BerthException.BadRequest("Events come over a websocket; send an upgrade request");
        }

        using var subscription = events.Subscribe();
        using var socket = await request.Http.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = TimeSpan.FromSeconds(30) });
        await new EventFeed(subscription, types, wanted, request.Caller.IsFull).RunAsync(socket, request.Aborted);
    }
}
