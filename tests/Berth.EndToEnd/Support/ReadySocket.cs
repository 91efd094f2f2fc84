using System.Net.Sockets;
using System.Text;

namespace Berth.EndToEnd.Support;

/// <summary>The supervisor's end of sd_notify(3): tells when a daemon says that it is ready.</summary>
internal sealed class ReadySocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public ReadySocket(string path)
    {
        Path = path;
        File.Delete(path);
        _socket.Bind(new UnixDomainSocketEndPoint(path));
    }

    public string Path { get; }

    public async Task WaitAsync(CancellationToken cancellation)
    {
        var buffer = new byte[4096];
        int count;
        do
        {
            count = await _socket.ReceiveAsync(buffer, SocketFlags.None, cancellation);
        }
        while (!Encoding.UTF8.GetString(buffer, 0, count).Split('\n').Contains("READY=1", StringComparer.Ordinal));
    }

    public void Dispose()
    {
        _socket.Dispose();
        File.Delete(Path);
    }
}
