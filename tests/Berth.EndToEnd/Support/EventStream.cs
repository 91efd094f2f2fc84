using System.Net.WebSockets;
using System.Text.Json;

namespace Berth.EndToEnd.Support;

/// <summary>The daemon's events, from the moment of connecting.</summary>
internal sealed class EventStream(WebSocket socket) : IDisposable
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(60);

    /// <summary>Waits for a lifecycle event of an instance or custom volume, such as <c>instance-stopped</c>, or one of several.</summary>
    public async Task<string> LifecycleAsync(string instance, CancellationToken cancellation, params string[] actions) =>
        (await FindAsync(instance, cancellation, actions)).GetProperty("action").GetString()!;

    /// <summary>The same, with all that the event says.</summary>
    public async Task<JsonElement> FindAsync(string instance, CancellationToken cancellation, params string[] actions)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(_deadline);
        while (true)
        {
            var metadata = (await NextAsync(deadline.Token)).GetProperty("metadata");
            if (metadata.TryGetProperty("action", out var action) && actions.Contains(action.GetString(), StringComparer.Ordinal) &&
                metadata.GetProperty("source").GetString()!.Split('?')[0] is var source &&
                (source.EndsWith("/instances/" + instance, StringComparison.Ordinal) || source.EndsWith("/volumes/custom/" + instance, StringComparison.Ordinal)))
            {
                return metadata;
            }
        }
    }

    /// <summary>The next lifecycle event's metadata.</summary>
    public async Task<JsonElement> NextLifecycleAsync(CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(_deadline);
        return (await NextAsync(deadline.Token)).GetProperty("metadata");
    }

    public void Dispose() => socket.Dispose();

    private async Task<JsonElement> NextAsync(CancellationToken cancellation)
    {
        using var message = new MemoryStream();
        var buffer = new byte[8192];
        ValueWebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer.AsMemory(), cancellation);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        using var document = JsonDocument.Parse(message.ToArray());
        return document.RootElement.Clone();
    }
}
