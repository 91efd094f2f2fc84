using System.Net.Sockets;

namespace Berth.Guest.Tests;

/// <summary>Two connected streams: a unix socket in the temporary directory, gone once connected.</summary>
internal static class DuplexPair
{
    public static async Task<(NetworkStream Host, NetworkStream Guest)> CreateAsync(CancellationToken cancel)
    {
        var path = Path.Combine(Path.GetTempPath(), "berth-" + Guid.NewGuid().ToString("N")[..12] + ".sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        try
        {
            listener.Listen(1);
            var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await client.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            var server = await listener.AcceptAsync(cancel);
            return (new NetworkStream(server, ownsSocket: true), new NetworkStream(client, ownsSocket: true));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
