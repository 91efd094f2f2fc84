using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Berth.EndToEnd.Support;

/// <summary>The guest API as a process of a container reaches it: the kernel tells the daemon which user connects.</summary>
internal sealed class GuestSocket(string socket, uint uid) : IDisposable
{
    private const long SetResUid = 117;
    private const nint Keep = -1;

    private static readonly SystemCallFunction SystemCall =
        Marshal.GetDelegateForFunctionPointer<SystemCallFunction>(NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "syscall"));

    private readonly HttpClient _client = new(new SocketsHttpHandler { ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(Connect(socket, uid)) });

    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path, CancellationToken cancel)
    {
        using var response = await _client.GetAsync(new Uri("http://incus" + path), cancel);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancel));
    }

    public async Task<HttpStatusCode> PatchAsync(string body, CancellationToken cancel)
    {
        using var content = new StringContent(body);
        using var response = await _client.PatchAsync(new Uri("http://incus/1.0"), content, cancel);
        return response.StatusCode;
    }

    /// <summary>Lines of the events that come, as they come.</summary>
    public async Task<StreamReader> EventsAsync(CancellationToken cancel) => new(await _client.GetStreamAsync(new Uri("http://incus/1.0/events"), cancel));

    public void Dispose() => _client.Dispose();

    /// <summary>The system call changes this thread alone, so a thread of its own connects.</summary>
    private static NetworkStream Connect(string socket, uint uid)
    {
        NetworkStream? stream = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Assert.Equal(0, SystemCall(SetResUid, Keep, (nint)uid, Keep));
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                connection.Connect(new UnixDomainSocketEndPoint(socket));
                stream = new NetworkStream(connection, ownsSocket: true);
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return stream ?? throw new IOException("The guest API cannot be reached.", failure);
    }

    /// <summary>Without a marshaller, which would need unsafe code in this project.</summary>
    private delegate long SystemCallFunction(long number, nint real, nint effective, nint saved);
}
