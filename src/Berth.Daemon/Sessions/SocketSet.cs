using System.Collections.Immutable;
using System.Net.WebSockets;
using System.Security.Cryptography;
using Berth.Core;
using Berth.Core.Operations;

namespace Berth.Daemon.Sessions;

/// <summary>
/// The websockets of one session (exec, console): each has a name and a secret; a client connects each one once. The
/// request of a socket stays open until the session lets go of it.
/// </summary>
internal sealed class SocketSet
{
    private static readonly TimeSpan GoodBye = TimeSpan.FromSeconds(5);

    private readonly ImmutableSortedDictionary<string, Slot> _slots;

    public SocketSet(IEnumerable<string> names) =>
        _slots = names.ToImmutableSortedDictionary(n => n, _ => new Slot(), StringComparer.Ordinal);

    /// <summary>Name to secret, for the operation's metadata (<c>fds</c>).</summary>
    public ImmutableSortedDictionary<string, string> Secrets => _slots.ToImmutableSortedDictionary(s => s.Key, s => s.Value.Secret);

    /// <summary>Takes a client's offer; ends when the session has let go of the socket.</summary>
    /// <exception cref="BerthException">Forbidden: wrong secret. Conflict: connected already.</exception>
    public async Task ConnectAsync(string secret, IWebSocketOffer offer)
    {
        var slot = _slots.Values.FirstOrDefault(s => CryptographicOperations.FixedTimeEquals(
            System.Text.Encoding.UTF8.GetBytes(s.Secret), System.Text.Encoding.UTF8.GetBytes(secret)))
            ?? throw new BerthException(ErrorKind.Forbidden, "The secret of the websocket is wrong");
        if (!slot.TryClaim())
        {
            throw BerthException.Conflict("This websocket is connected already");
        }

        var socket = await offer.AcceptAsync(CancellationToken.None);
        slot.Connected.SetResult(socket);
        await slot.Released.Task;

        // A client that comes when all is over needs an answer too: the end of the request would take that of the upgrade along,
        // and the client, which has heard nothing, would ask a second time.
        using var patience = new CancellationTokenSource(GoodBye);
        await SocketPump.CloseAsync(socket, patience.Token);
    }

    /// <summary>The socket, when the client has connected it.</summary>
    public Task<WebSocket> GetAsync(string name, CancellationToken cancel) => _slots[name].Connected.Task.WaitAsync(cancel);

    /// <summary>Lets go of all sockets: those that are open are closed by the end of their requests.</summary>
    public void Release()
    {
        foreach (var slot in _slots.Values)
        {
            slot.Released.TrySetResult();
        }
    }

    private sealed class Slot
    {
        private int _claimed;

        public string Secret { get; } = RandomNumberGenerator.GetHexString(64, lowercase: true);

        public TaskCompletionSource<WebSocket> Connected { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;
    }
}
