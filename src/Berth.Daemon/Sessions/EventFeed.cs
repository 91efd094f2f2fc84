using System.Buffers;
using System.Collections.Immutable;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Core.Events;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Sessions;

/// <summary>Sends events over a websocket until the client goes.</summary>
/// <param name="inProject">The projects whose events are wanted.</param>
/// <param name="host">Also what belongs to no project.</param>
internal sealed class EventFeed(EventSubscription events, ImmutableArray<string> types, Predicate<string> inProject, bool host)
{
    public async Task RunAsync(WebSocket socket, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var gone = SocketPump.WaitForCloseAsync(socket, over);
        try
        {
            await foreach (var happened in events.Reader.ReadAllAsync(over.Token))
            {
                if (IsWanted(happened))
                {
                    await socket.SendAsync(ToWire(happened), WebSocketMessageType.Text, endOfMessage: true, over.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The listener has gone.
        }

        await over.CancelAsync();
        await gone;
        await SocketPump.CloseAsync(socket, CancellationToken.None);
    }

    private static string TypeOf(BerthEvent happened) => happened switch
    {
        OperationEvent => "operation",
        LifecycleEvent => "lifecycle",
        _ => "logging",
    };

    private bool IsWanted(BerthEvent happened) =>
        happened is not GuestEvent && types.Contains(TypeOf(happened)) && (happened.Project.Length == 0 ? host : inProject(happened.Project));

    /// <summary>The message, as <see cref="Event"/> has it; written by hand so that each kind of metadata goes straight to the text.</summary>
    private static ReadOnlyMemory<byte> ToWire(BerthEvent happened)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, ApiRequest.JsonOptions);
        writer.WriteStartObject();
        writer.WriteString("type", TypeOf(happened));
        writer.WriteString("timestamp", happened.At);
        writer.WritePropertyName("metadata");
        switch (happened)
        {
            case OperationEvent e:
                JsonSerializer.Serialize(writer, OperationMap.ToWire(e.Operation), BerthJson.Default.Operation);
                break;
            case LifecycleEvent e:
                JsonSerializer.Serialize(writer, Lifecycle(e), BerthJson.Default.EventLifecycle);
                break;
            case LoggingEvent e:
                JsonSerializer.Serialize(
                    writer, new EventLogging { Level = e.Level, Message = e.Message, Context = e.Context }, BerthJson.Default.EventLogging);
                break;
        }

        writer.WriteString("location", "none");
        writer.WriteString("project", happened.Project);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static EventLifecycle Lifecycle(LifecycleEvent e) => new()
    {
        Action = e.Action,
        Source = e.Source,
        Name = e.Name,
        Project = e.Project,
        Context = ContextOf(e),
        Requestor = e.Requestor is { } who ? new() { Username = who.Username, Protocol = who.Protocol, Address = who.Address } : null,
    };

    private static JsonObject? ContextOf(LifecycleEvent e)
    {
        var context = new JsonObject(e.Context.Select(c => new KeyValuePair<string, JsonNode?>(c.Key, c.Value)));
        if (e.Words is var (name, words))
        {
            context[name] = new JsonArray([.. words.Select(w => (JsonNode?)JsonValue.Create(w))]);
        }

        return context.Count > 0 ? context : null;
    }
}
