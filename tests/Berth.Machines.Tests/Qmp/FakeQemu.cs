using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Berth.Machines.Qmp;
using Berth.Machines.Sockets;

namespace Berth.Machines.Tests.Qmp;

/// <summary>The far side of a QMP connection, in a test's hand.</summary>
internal sealed class FakeQemu : IAsyncDisposable
{
    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;

    private FakeQemu(NetworkStream stream, StreamReader reader, QmpClient client)
    {
        _stream = stream;
        _reader = reader;
        Client = client;
    }

    public QmpClient Client { get; }

    public static async Task<FakeQemu> StartAsync(string greeting, Action<QmpEvent> onEvent, CancellationToken cancel)
    {
        var directory = Directory.CreateTempSubdirectory("berth-qmp-");
        try
        {
            var path = Path.Combine(directory.FullName, "qmp.sock");
            using var listener = UnixSockets.Listen(path);
            var client = await UnixSockets.ConnectAsync(path, cancel);
            var stream = new NetworkStream(await listener.AcceptAsync(cancel), ownsSocket: true);
            var connecting = QmpClient.ConnectAsync(client, onEvent, TimeSpan.FromSeconds(10), cancel);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(greeting + "\r\n"), cancel);
            var reader = new StreamReader(stream);
            var id = Id((await reader.ReadLineAsync(cancel))!, "qmp_capabilities");
            await stream.WriteAsync(Encoding.UTF8.GetBytes($$"""{"return": {}, "id": {{id}}}""" + "\r\n"), cancel);
            return new FakeQemu(stream, reader, await connecting);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    public async Task<long> ReadIdAsync(string command) => Id((await _reader.ReadLineAsync(TestContext.Current.CancellationToken))!, command);

    public async Task WriteAsync(string line) =>
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"), TestContext.Current.CancellationToken);

    public ValueTask HangUpAsync() => _stream.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _stream.DisposeAsync();
    }

    private static long Id(string line, string command)
    {
        using var document = JsonDocument.Parse(line);
        Assert.Equal(command, document.RootElement.GetProperty("execute").GetString());
        return document.RootElement.GetProperty("id").GetInt64();
    }
}
