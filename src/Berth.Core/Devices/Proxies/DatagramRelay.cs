using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Berth.Core.Devices.Proxies;

/// <summary>Forwards datagrams: each client has a socket of its own to the server, so that answers find back, for as long as it talks.</summary>
internal sealed class DatagramRelay(Socket listener, Func<CancellationToken, Task<Socket>> connect)
{
    private const int LargestDatagram = 65535;
    private const int MostClients = 1024;
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<EndPoint, Conversation> _conversations = new();

    public async Task RunAsync(CancellationToken cancel)
    {
        var buffer = new byte[LargestDatagram];
        EndPoint any = new IPEndPoint(listener.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                var received = await listener.ReceiveFromAsync(buffer.AsMemory(), SocketFlags.None, any, cancel);
                if (await FindAsync(received.RemoteEndPoint, cancel) is { } conversation)
                {
                    await conversation.SendAsync(buffer.AsMemory(0, received.ReceivedBytes), cancel);
                }
            }
            catch (Exception e) when (e is SocketException or BerthException or Linux.LinuxException)
            {
                // A datagram may be lost: nobody answered at the other side, or an earlier answer came back as unreachable.
            }
        }
    }

    private async Task<Conversation?> FindAsync(EndPoint client, CancellationToken cancel)
    {
        if (_conversations.TryGetValue(client, out var known))
        {
            return known;
        }

        if (_conversations.Count >= MostClients)
        {
            return null;
        }

        var conversation = new Conversation(await connect(cancel));
        _conversations[client] = conversation;
        _ = AnswerAsync(client, conversation, cancel);
        return conversation;
    }

    private async Task AnswerAsync(EndPoint client, Conversation conversation, CancellationToken cancel)
    {
        var buffer = new byte[LargestDatagram];
        try
        {
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            conversation.Silence = silence;
            while (true)
            {
                silence.CancelAfter(Silence);
                var count = await conversation.Server.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, silence.Token);
                await listener.SendToAsync(buffer.AsMemory(0, count), SocketFlags.None, client, silence.Token);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // It has been silent for long, or its server is not there.
        }
        finally
        {
            _conversations.TryRemove(client, out _);
            conversation.Server.Dispose();
        }
    }

    private sealed class Conversation(Socket server)
    {
        public Socket Server { get; } = server;

        public CancellationTokenSource? Silence { get; set; }

        public async Task SendAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancel)
        {
            try
            {
                Silence?.CancelAfter(DatagramRelay.Silence);
                await Server.SendAsync(datagram, SocketFlags.None, cancel);
            }
            catch (ObjectDisposedException)
            {
                // It ended just now; the client will repeat what it wants answered.
            }
        }
    }
}
