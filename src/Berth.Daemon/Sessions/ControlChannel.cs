using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using Berth.Api;

namespace Berth.Daemon.Sessions;

/// <summary>The "control" websocket of a session: window sizes and signals come in; when the client goes, the command is killed.</summary>
internal sealed class ControlChannel(SocketSet sockets, Func<int, int, Task> resize, Func<int, Task> signal)
{
    public const string Name = "control";
    public const int SigKill = 9;

    private const int MaxMessage = 4096;

    /// <summary>Ends with <paramref name="ended"/>, or after the client has gone.</summary>
    public async Task ListenAsync(CancellationToken ended)
    {
        try
        {
            var socket = await sockets.GetAsync(Name, ended);
            var buffer = new byte[MaxMessage];
            while (await ReceiveAsync(socket, buffer, ended) is { } message)
            {
                await ObeyAsync(message);
            }

            await signal(SigKill);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The session is over.
        }
        catch (WebSocketException)
        {
            await signal(SigKill);
        }
    }

    private static async Task<ReadOnlyMemory<byte>?> ReceiveAsync(WebSocket socket, byte[] buffer, CancellationToken cancel)
    {
        var length = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length), cancel);
            length += received.Count;
            if (received.MessageType == WebSocketMessageType.Close || (length == buffer.Length && !received.EndOfMessage))
            {
                return null;
            }

            if (received.EndOfMessage)
            {
                return buffer.AsMemory(0, length);
            }
        }
    }

    private async Task ObeyAsync(ReadOnlyMemory<byte> message)
    {
        InstanceExecControl? control;
        try
        {
            control = JsonSerializer.Deserialize(message.Span, BerthJson.Default.InstanceExecControl);
        }
        catch (JsonException)
        {
            // A message that is no command is not a reason to end somebody's session.
            return;
        }

        if (control is { Command: "window-resize" } && Size(control, "width") is { } width && Size(control, "height") is { } height)
        {
            await resize(width, height);
        }
        else if (control is { Command: "signal", Signal: > 0 and < 65 })
        {
            await signal(control.Signal);
        }
    }

    private static int? Size(InstanceExecControl control, string name) =>
        control.Args.TryGetValue(name, out var text) && ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : null;
}
