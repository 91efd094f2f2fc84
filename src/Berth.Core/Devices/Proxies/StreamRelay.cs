using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Berth.Core.Devices.Proxies;

/// <summary>Moves the bytes of one connection both ways. When one side has no more to say the other is told, and may go on.</summary>
internal static class StreamRelay
{
    private const int BufferSize = 64 << 10;

    public static async Task RunAsync(Socket client, Socket server, CancellationToken cancel)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await Task.WhenAll(MoveAsync(client, server, ended), MoveAsync(server, client, ended));
    }

    /// <summary>The first line of the PROXY protocol, version 1.</summary>
    public static byte[] Introduction(Socket client) => Encoding.ASCII.GetBytes(
        client is { RemoteEndPoint: IPEndPoint from, LocalEndPoint: IPEndPoint to }
            ? $"PROXY {(from.AddressFamily == AddressFamily.InterNetwork ? "TCP4" : "TCP6")} {from.Address} {to.Address} {from.Port} {to.Port}\r\n"
            : "PROXY UNKNOWN\r\n");

    private static async Task MoveAsync(Socket from, Socket to, CancellationTokenSource ended)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await from.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, ended.Token) is > 0 and var count)
            {
                for (var rest = buffer.AsMemory(0, count); rest.Length > 0;)
                {
                    rest = rest[await to.SendAsync(rest, SocketFlags.None, ended.Token)..];
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Broken, not ended: the other direction is of no use any more.
            await ended.CancelAsync();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
