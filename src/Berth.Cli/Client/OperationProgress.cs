using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Berth.Api;

namespace Berth.Cli.Client;

/// <summary>Progress texts of an operation, from its metadata (<c>*_progress</c>) as the event stream brings them.</summary>
internal static class OperationProgress
{
    public static string Text(Operation operation)
    {
        foreach (var (key, value) in operation.Metadata ?? [])
        {
            if (key.EndsWith("_progress", StringComparison.Ordinal) && value is JsonValue text && text.TryGetValue<string>(out var line))
            {
                return line;
            }
        }

        return "";
    }

    /// <summary>Reports until cancelled. A stream that cannot be had costs the progress text, not the operation.</summary>
    public static async Task FollowAsync(BerthClient client, string id, Action<string> report, CancellationToken cancellation)
    {
        try
        {
            using var socket = await client.WebSocketAsync("/1.0/events?type=operation", cancellation);
            await foreach (var message in WebSocketText.ReadAllAsync(socket, cancellation))
            {
                var change = JsonSerializer.Deserialize(message, BerthJson.Default.Event);
                var operation = change?.Type == "operation" ? change.Metadata.Deserialize(BerthJson.Default.Operation) : null;
                if (operation?.Id == id)
                {
                    report(Text(operation));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or CliException or WebSocketException or JsonException)
        {
            // Progress is a courtesy: the wait goes on without it.
        }
    }
}
