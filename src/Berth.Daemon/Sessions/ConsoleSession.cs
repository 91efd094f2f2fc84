using System.Collections.Immutable;
using Berth.Core.Instances;
using Berth.Core.Operations;

namespace Berth.Daemon.Sessions;

/// <summary>An attached console: websocket "0" carries the terminal, "control" its size.</summary>
internal sealed class ConsoleSession(IRunningInstance running, int width, int height)
{
    private readonly SocketSet _sockets = new(["0", ControlChannel.Name]);

    /// <summary>Told when the client sees the console.</summary>
    public Action? Attached { get; init; }

    public ImmutableSortedDictionary<string, object> Metadata =>
        ImmutableSortedDictionary<string, object>.Empty.Add("fds", _sockets.Secrets);

    public Task ConnectAsync(string secret, IWebSocketOffer offer) => _sockets.ConnectAsync(secret, offer);

    public async Task RunAsync(Operation operation, CancellationToken cancel)
    {
        try
        {
            var socket = await _sockets.GetAsync("0", cancel).WaitAsync(TimeSpan.FromSeconds(10), cancel);
            await using var console = await running.OpenConsoleAsync(cancel);
            Attached?.Invoke();
            if (width > 0 && height > 0)
            {
                await console.ResizeAsync(width, height, cancel);
            }

            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var control = new ControlChannel(_sockets, (w, h) => console.ResizeAsync(w, h, over.Token), _ => over.CancelAsync()).ListenAsync(over.Token);
            var first = await Task.WhenAny(
                SocketPump.FromSocketAsync(socket, console.Input, over.Token),
                SocketPump.ToSocketAsync(console.Output, socket, over.Token),
                control);
            await over.CancelAsync();
            await first.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await control;
            await SocketPump.CloseAsync(socket, CancellationToken.None);
        }
        finally
        {
            _sockets.Release();
        }
    }
}
