using System.Net.Sockets;
using System.Runtime.InteropServices;
using Berth.Linux.Sockets;

namespace Berth.Linux.Tests.Sockets;

public sealed class FdPassingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Descriptors_arrive_with_their_bytes()
    {
        var (a, b) = await PairAsync();
        using var ownedA = a;
        using var ownedB = b;
        using var passwd = Fd.Open("/etc/passwd", OpenFlags.ReadOnly);
        using var group = Fd.Open("/etc/group", OpenFlags.ReadOnly);
        var buffer = new byte[16];
        var receiving = FdPassing.ReceiveAsync(b, buffer, 3, Cancel);
        Assert.False(receiving.IsCompleted);
        await FdPassing.SendAsync(a, "hello"u8.ToArray(), [passwd, group], Cancel);
        var (count, fds) = await receiving;
        Assert.Equal("hello"u8.ToArray(), buffer[..count]);
        Assert.Equal(["/etc/passwd", "/etc/group"], fds.Select(fd => new FileInfo(Fd.ProcPath(fd)).LinkTarget));
        Assert.All(fds, fd => Assert.True(Fd.IsCloseOnExec(fd)));
        Array.ForEach(fds, fd => fd.Dispose());
    }

    [Fact]
    public async Task More_descriptors_than_expected_are_refused_and_closed()
    {
        var (a, b) = await PairAsync();
        using var ownedA = a;
        using var ownedB = b;
        using var passwd = Fd.Open("/etc/passwd", OpenFlags.ReadOnly);
        await FdPassing.SendAsync(a, "x"u8.ToArray(), [.. Enumerable.Repeat<SafeHandle>(passwd, 5)], Cancel);
        Assert.Equal(Errno.EMSGSIZE, (await Assert.ThrowsAsync<LinuxException>(() => FdPassing.ReceiveAsync(b, new byte[1], 2, Cancel))).Errno);
    }

    [Fact]
    public async Task Long_data_goes_whole_and_the_end_is_seen()
    {
        var (a, b) = await PairAsync();
        using var ownedB = b;
        var data = new byte[1 << 20];
        Random.Shared.NextBytes(data);
        var sending = FdPassing.SendAsync(a, data, [], Cancel);
        var received = new MemoryStream();
        var buffer = new byte[65536];
        while (received.Length < data.Length)
        {
            received.Write(buffer, 0, (await FdPassing.ReceiveAsync(b, buffer, 0, Cancel)).Count);
        }

        await sending;
        a.Dispose();
        Assert.Equal(data, received.ToArray());
        Assert.Equal(0, (await FdPassing.ReceiveAsync(b, buffer, 0, Cancel)).Count);
    }

    [Fact]
    public async Task Peer_is_this_process()
    {
        var (a, b) = await PairAsync();
        using var ownedA = a;
        using var ownedB = b;
        Assert.Equal(Environment.ProcessId, PeerCredentials.Of(a).Pid);
        Assert.Equal(0u, PeerCredentials.Of(b).Uid);
    }

    private async Task<(Socket, Socket)> PairAsync()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_directory["s"]));
        listener.Listen();
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(_directory["s"]), Cancel);
        return (client, await listener.AcceptAsync(Cancel));
    }
}
