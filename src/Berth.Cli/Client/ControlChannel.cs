using System.Net.WebSockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Berth.Api;
using Berth.Cli.Terminal;

namespace Berth.Cli.Client;

/// <summary>The control websocket of an exec or a console: window size and signals.</summary>
internal sealed class ControlChannel(WebSocket socket) : IDisposable
{
    // What a user or a supervisor sends to a foreground command. SIGSTOP-like ones stay here: they are for berth itself.
    private static readonly (PosixSignal Signal, int Number)[] s_forwarded =
    [
        (PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGQUIT, 3), (PosixSignal.SIGTERM, 15),
        ((PosixSignal)10, 10), ((PosixSignal)12, 12),
    ];

    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Tells the new size whenever the local terminal changes its own.</summary>
    public void FollowWindow() =>
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGWINCH, signal => _ = ResizeAsync(TerminalSize.Of(1))));

    public void ForwardSignals()
    {
        foreach (var (signal, number) in s_forwarded)
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                _ = SendAsync(new InstanceExecControl { Command = "signal", Signal = number });
            }));
        }
    }

    public Task ResizeAsync(TerminalSize size) => SendAsync(new InstanceExecControl
    {
        Command = "window-resize",
        Args = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["width"] = size.Columns.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["height"] = size.Rows.ToString(System.Globalization.CultureInfo.InvariantCulture),
        },
    });

    /// <summary>Says goodbye, which ends the session on the other side.</summary>
    public async Task CloseAsync(CancellationToken cancellation)
    {
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", cancellation);
        }
        catch (WebSocketException)
        {
            // The other side has gone already.
        }
    }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _sending.Dispose();
    }

    private async Task SendAsync(InstanceExecControl message)
    {
        try
        {
            await _sending.WaitAsync();
            try
            {
                var body = JsonSerializer.SerializeToUtf8Bytes(message, BerthJson.Default.InstanceExecControl);
                await socket.SendAsync(body, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            }
            finally
            {
                _sending.Release();
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The command has ended: there is nothing left to resize or to signal.
        }
    }
}
