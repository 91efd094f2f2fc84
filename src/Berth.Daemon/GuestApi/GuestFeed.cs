using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using Berth.Core;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Daemon.Http;
using Berth.Daemon.Sessions;

namespace Berth.Daemon.GuestApi;

/// <summary>Changes of an instance's configuration and devices, told to its guest: over a websocket, or line by line as the body of a plain request.</summary>
internal sealed class GuestFeed(EventHub events, InstanceId guest)
{
    private static readonly string[] Known = ["config", "device"];

    public async Task RunAsync(HttpContext http)
    {
        var types = http.Request.Query["type"].ToString() is { Length: > 0 } asked ? asked.Split(',') : Known;
        if (types.FirstOrDefault(type => !Known.Contains(type)) is { } unknown)
        {
            throw BerthException.BadRequest($"There is no event type \"{unknown}\"; available: {string.Join(", ", Known)}");
        }

        using var subscription = events.Subscribe();
        if (http.WebSockets.IsWebSocketRequest)
        {
            using var socket = await http.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = TimeSpan.FromSeconds(30) });
            using var over = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
            var gone = SocketPump.WaitForCloseAsync(socket, over);
            await SendAsync(subscription, types, message => socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, over.Token), over.Token);
            await over.CancelAsync();
            await gone;
            await SocketPump.CloseAsync(socket, CancellationToken.None);
            return;
        }

        http.Response.ContentType = "application/json";

        // The guest is to know that it listens before anything happens.
        await http.Response.Body.FlushAsync(http.RequestAborted);
        await SendAsync(
            subscription,
            types,
            async message =>
            {
                await http.Response.Body.WriteAsync(message, http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
            },
            http.RequestAborted);
    }

    private async Task SendAsync(EventSubscription subscription, string[] types, Func<ReadOnlyMemory<byte>, ValueTask> send, CancellationToken over)
    {
        try
        {
            await foreach (var happened in subscription.Reader.ReadAllAsync(over))
            {
                if (happened is GuestEvent e && e.Instance == guest && types.Contains(TypeOf(e)))
                {
                    await send(ToWire(e));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
            // The guest has gone.
        }
    }

    private static string TypeOf(GuestEvent happened) => happened is GuestConfigEvent ? "config" : "device";

    private static ReadOnlyMemory<byte> ToWire(GuestEvent happened)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, ApiRequest.JsonOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("timestamp", happened.At);
            writer.WriteString("type", TypeOf(happened));
            writer.WriteStartObject("metadata");
            WriteMetadata(writer, happened);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }

    private static void WriteMetadata(Utf8JsonWriter writer, GuestEvent happened)
    {
        switch (happened)
        {
            case GuestConfigEvent config:
                writer.WriteString("key", config.Key);
                writer.WriteString("old_value", config.OldValue);
                writer.WriteString("value", config.Value);
                break;
            case GuestDeviceEvent device:
                writer.WriteString("action", device.Action);
                writer.WriteString("name", device.Name);
                writer.WriteStartObject("config");
                foreach (var (key, value) in device.Config)
                {
                    writer.WriteString(key, value);
                }

                writer.WriteEndObject();
                break;
        }
    }
}
