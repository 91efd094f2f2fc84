using System.Collections.Immutable;
using System.Net.WebSockets;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Operations;

namespace Berth.Daemon.Sessions;

/// <summary>
/// A command inside an instance whose streams are websockets: "0" is the terminal (interactive), or "0", "1" and "2" are
/// stdin, stdout and stderr; "control" carries signals and window sizes.
/// </summary>
internal sealed class ExecSession(IRunningInstance running, ExecSpec spec)
{
    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(10);

    /// <summary>Exit codes of shells for a command that could not be run, and the API's error for them.</summary>
    private const int NotFound = 127;
    private const int NotExecutable = 126;

    private readonly SocketSet _sockets = new(spec.Terminal is null ? ["0", "1", "2", ControlChannel.Name] : ["0", ControlChannel.Name]);

    /// <summary>Told when the command runs.</summary>
    public Action? Started { get; init; }

    /// <summary>What the client needs to connect, as the operation's metadata.</summary>
    public ImmutableSortedDictionary<string, object> Metadata => ImmutableSortedDictionary<string, object>.Empty
        .Add("command", spec.Command)
        .Add("environment", spec.Environment)
        .Add("interactive", spec.Terminal is not null)
        .Add("fds", _sockets.Secrets);

    public Task ConnectAsync(string secret, IWebSocketOffer offer) => _sockets.ConnectAsync(secret, offer);

    public async Task RunAsync(Core.Operations.Operation operation, CancellationToken cancel)
    {
        try
        {
            var streams = await StreamsAsync(cancel);
            await using var process = await StartAsync(operation, cancel);
            using var kill = cancel.Register(() => _ = process.SignalAsync(ControlChannel.SigKill, CancellationToken.None));
            using var ended = new CancellationTokenSource();
            var control = new ControlChannel(
                _sockets, (width, height) => process.ResizeAsync(width, height, ended.Token), signal => process.SignalAsync(signal, ended.Token));
            var listening = control.ListenAsync(ended.Token);
            var code = spec.Terminal is null ? await PumpAsync(streams, process) : await PumpTerminalAsync(streams[0], process);
            operation.Report("return", code);
            await Task.WhenAll(streams.Select(s => SocketPump.CloseAsync(s, cancel)));
            await ended.CancelAsync();
            await listening;
            if (code is NotFound or NotExecutable)
            {
                throw BerthException.BadRequest(code == NotFound ? "Command not found" : "Command not executable");
            }
        }
        finally
        {
            _sockets.Release();
        }
    }

    /// <summary>A command that cannot be started ends as in a shell: with 127 or 126, which clients read from the operation.</summary>
    private async Task<IExecProcess> StartAsync(Core.Operations.Operation operation, CancellationToken cancel)
    {
        try
        {
            var process = await running.ExecAsync(spec, cancel);
            Started?.Invoke();
            return process;
        }
        catch (BerthException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.BadRequest)
        {
            operation.Report("return", e.Kind == ErrorKind.NotFound ? NotFound : NotExecutable);
            throw;
        }
    }

    private async Task<WebSocket[]> StreamsAsync(CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(ConnectDeadline);
        string[] names = spec.Terminal is null ? ["0", "1", "2"] : ["0"];
        try
        {
            return await Task.WhenAll(names.Select(n => _sockets.GetAsync(n, deadline.Token)));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new BerthException(ErrorKind.Timeout, $"The client did not connect its websockets within {ConnectDeadline.TotalSeconds:0} s");
        }
    }

    private static async Task<int> PumpAsync(WebSocket[] sockets, IExecProcess process)
    {
        using var over = new CancellationTokenSource();
        var input = InputAsync(sockets[0], process, over.Token);
        await Task.WhenAll(
            SocketPump.ToSocketAsync(process.Output, sockets[1], CancellationToken.None),
            SocketPump.ToSocketAsync(process.Error!, sockets[2], CancellationToken.None));
        var code = await process.ExitCode;
        await over.CancelAsync();
        await input;
        return code;
    }

    private static async Task<int> PumpTerminalAsync(WebSocket socket, IExecProcess process)
    {
        using var over = new CancellationTokenSource();
        var input = InputAsync(socket, process, over.Token);
        await SocketPump.ToSocketAsync(process.Output, socket, CancellationToken.None);
        var code = await process.ExitCode;
        await over.CancelAsync();
        await input;
        return code;
    }

    private static async Task InputAsync(WebSocket socket, IExecProcess process, CancellationToken over)
    {
        try
        {
            await SocketPump.FromSocketAsync(socket, process.Input, over);
            await process.Input.DisposeAsync();
        }
        catch (OperationCanceledException)
        {
            // The command ended before its input did.
        }
    }
}
