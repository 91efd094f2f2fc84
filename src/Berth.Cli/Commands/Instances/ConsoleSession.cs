using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Output;
using Berth.Cli.Terminal;

namespace Berth.Cli.Commands.Instances;

/// <summary>The user at an instance's console, until the instance stops or ctrl-a q.</summary>
internal sealed class ConsoleSession(Session session)
{
    public async Task RunAsync(string instance, string type, bool force, CancellationToken cancellation)
    {
        if (type != "console")
        {
            throw CliException.Usage($"the console type \"{type}\" is not there: berth shows the serial console only (--type console)");
        }

        var size = TerminalSize.Of(1);
        var request = new InstanceConsolePost { Width = size.Columns, Height = size.Rows, Type = type, Force = force };
        var reply = await session.Client.PostAsync(
            Paths.Instance(instance) + "/console", request, BerthJson.Default.InstanceConsolePost, cancellation);
        var path = reply.OperationPath.Split('?')[0];
        var secrets = reply.AsOperation().Metadata?["fds"] as JsonObject ?? throw new CliException("the server opened no console");

        using var control = await OpenAsync("control");
        using var data = await OpenAsync("0");
        using var channel = new ControlChannel(control);
        session.Error.WriteLine("To detach from the console, press: <ctrl>+a q");
        using var raw = RawMode.Enter();
        channel.FollowWindow();
        using var finished = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _ = StreamPump.DrainAsync(control, finished.Token);
        var output = StreamPump.ReceiveAsync(data, StandardStreams.Open(1), finished.Token);
        var input = InputAsync(data, finished.Token);
        await Task.WhenAny(output, input);
        await channel.CloseAsync(cancellation);
        await finished.CancelAsync();

        Task<WebSocket> OpenAsync(string name) =>
            session.Client.WebSocketAsync($"{path}/websocket?secret={secrets[name]?.GetValue<string>()}", cancellation);
    }

    private static async Task InputAsync(WebSocket to, CancellationToken cancellation)
    {
        var keys = StandardStreams.Open(0);
        var detach = new DetachKeys();
        var buffer = new byte[1024];
        try
        {
            int count;
            while ((count = await keys.ReadAsync(buffer, cancellation)) > 0)
            {
                var typed = detach.Filter(buffer.AsSpan(0, count), out var detached);
                if (typed.Length > 0)
                {
                    await to.SendAsync(typed, WebSocketMessageType.Binary, endOfMessage: true, cancellation);
                }

                if (detached)
                {
                    return;
                }
            }

            // The input ended (a script's): what the console answers is still of interest.
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or ObjectDisposedException)
        {
            // The console ended first.
        }
    }
}
