using System.Net.Sockets;
using System.Text;

namespace Berth.Cli.Tests;

/// <summary>Answers requests over a unix socket with prepared bodies; just enough HTTP for the client.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("berth-cli-test").FullName;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Func<string, string> _answer;
    private readonly Task _accepting;

    /// <param name="answer">From "METHOD path" to the body.</param>
    public FakeServer(Func<string, string> answer)
    {
        _answer = answer;
        SocketPath = Path.Combine(_directory, "s");
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public string SocketPath { get; }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        Directory.Delete(_directory, recursive: true);
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
            {
                served.Add(ServeAsync(await _listener.AcceptAsync()));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            var data = new StringBuilder();
            var buffer = new byte[4096];
            while (await socket.ReceiveAsync(buffer) is > 0 and var count)
            {
                data.Append(Encoding.UTF8.GetString(buffer, 0, count));
                if (!data.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
                {
                    continue;
                }

                var words = data.ToString().Split(' ', 3);
                data.Clear();
                var body = Encoding.UTF8.GetBytes(_answer($"{words[0]} {words[1]}"));
                await socket.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n"));
                await socket.SendAsync(body);
            }
        }
    }
}
