using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Output;
using Berth.Cli.Terminal;

namespace Berth.Cli.Commands.Instances;

/// <summary>One command running in an instance: its streams, its signals, its exit code.</summary>
internal sealed class ExecSession(Session session)
{
    private const int BrokenPipe = 128 + 13;
    private const byte CtrlD = 4;
    private const int NotExecutable = 126;
    private const int NotFound = 127;

    /// <summary>The command's own exit code.</summary>
    public async Task<int> RunAsync(string instance, InstanceExecPost request, bool noInput, CancellationToken cancellation)
    {
        var reply = await session.Client.PostAsync(
            Paths.Instance(instance) + "/exec", request, BerthJson.Default.InstanceExecPost, cancellation);
        var path = reply.OperationPath.Split('?')[0];
        var secrets = reply.AsOperation().Metadata?["fds"] as JsonObject
            ?? throw new CliException("the server opened no streams for the command");

        var sockets = await Task.WhenAll(
            OpenAsync("control"), OpenAsync("0"), request.Interactive ? NoneAsync() : OpenAsync("1"), request.Interactive ? NoneAsync() : OpenAsync("2"));
        using var raw = request.Interactive ? RawMode.Enter() : null;
        try
        {
            using var control = new ControlChannel(sockets[0]!);
            _ = StreamPump.DrainAsync(sockets[0]!, cancellation);
            control.ForwardSignals();
            if (request.Interactive)
            {
                control.FollowWindow();
            }

            await PumpAsync(sockets, noInput, request.Interactive, cancellation);
            foreach (var socket in sockets[1..])
            {
                // A server may keep the operation open for as long as a stream is.
                socket?.Dispose();
            }

            var operation = await WaitAsync(path, cancellation);
            return ExitCode(operation);
        }
        catch (ApiException e) when (StartFailure(e.Message) is { } code)
        {
            throw new CliException(e.Message, code);
        }
        catch (IOException)
        {
            // Nobody reads our output any more (berth exec c1 -- yes | head): end as a command in a pipe does.
            return BrokenPipe;
        }
        finally
        {
            foreach (var socket in sockets)
            {
                socket?.Dispose();
            }
        }

        async Task<WebSocket?> OpenAsync(string name) =>
            secrets[name]?.GetValue<string>() is { } secret
                ? await session.Client.WebSocketAsync($"{path}/websocket?secret={secret}", cancellation)
                : null;

        static Task<WebSocket?> NoneAsync() => Task.FromResult<WebSocket?>(null);
    }

    private static async Task PumpAsync(WebSocket?[] sockets, bool noInput, bool interactive, CancellationToken cancellation)
    {
        if (sockets[0] is null || sockets[1] is not { } data)
        {
            throw new CliException("the server did not offer the streams that the command needs");
        }

        using var finished = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _ = InputAsync(data, noInput, interactive, finished.Token);
        var outputs = new List<Task>();
        if (sockets[2] is null && sockets[3] is null)
        {
            outputs.Add(StreamPump.ReceiveAsync(data, StandardStreams.Open(1), cancellation));
        }
        else
        {
            // Nothing comes back on the input's connection, but its pings want answers.
            _ = StreamPump.DrainAsync(data, finished.Token);
            outputs.Add(StreamPump.ReceiveAsync(sockets[2]!, StandardStreams.Open(1), cancellation));
            outputs.Add(StreamPump.ReceiveAsync(sockets[3]!, StandardStreams.Open(2), cancellation));
        }

        try
        {
            // One output that nobody reads ends the command, even while the other one is open.
            while (outputs.Count > 0)
            {
                var ended = await Task.WhenAny(outputs);
                outputs.Remove(ended);
                await ended;
            }
        }
        finally
        {
            await finished.CancelAsync();
        }
    }

    private static async Task InputAsync(WebSocket to, bool noInput, bool interactive, CancellationToken cancellation)
    {
        try
        {
            await (interactive ? TypeAsync(Input(noInput), to, cancellation) : StreamPump.SendAsync(Input(noInput), to, cancellation));
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // The command ended before its input did.
        }
    }

    private async Task<Operation> WaitAsync(string path, CancellationToken cancellation)
    {
        Operation operation;
        do
        {
            operation = await session.Client.GetAsync(path + "/wait?timeout=30", BerthJson.Default.Operation, cancellation);
        }
        while (!operation.StatusCode.IsFinal());
        return operation;
    }

    private static int ExitCode(Operation operation)
    {
        if (operation.Metadata?["return"] is JsonValue code && code.TryGetValue<int>(out var number))
        {
            return number >= 0 ? number : ExitCodes.Failure;
        }

        throw new CliException(
            operation.Err.Length > 0 ? operation.Err : "the command ended without an exit code", StartFailure(operation.Err) ?? ExitCodes.Failure);
    }

    /// <summary>A command that could not be started ends as a shell would have it.</summary>
    private static int? StartFailure(string message) => message switch
    {
        "Command not found" => NotFound,
        "Command not executable" => NotExecutable,
        _ => null,
    };

    private static Stream Input(bool none) => none ? Stream.Null : StandardStreams.Open(0);

    /// <summary>A terminal has no end of input: what ends what reads from it is ctrl-d. Ending the stream would hang the terminal up.</summary>
    private static async Task TypeAsync(Stream from, WebSocket to, CancellationToken cancellation)
    {
        var buffer = new byte[4096];
        int count;
        while ((count = await from.ReadAsync(buffer, cancellation)) > 0)
        {
            await to.SendAsync(buffer.AsMemory(0, count), WebSocketMessageType.Binary, endOfMessage: true, cancellation);
        }

        await to.SendAsync(new byte[] { CtrlD }, WebSocketMessageType.Binary, endOfMessage: true, cancellation);
    }
}
