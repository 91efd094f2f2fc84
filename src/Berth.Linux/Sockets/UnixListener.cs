using System.Net.Sockets;
using System.Runtime.InteropServices;
using Berth.Linux.Events;
using Berth.Linux.Interop;

namespace Berth.Linux.Sockets;

/// <summary>
/// A listening unix socket. It never asks for the address of who connects: a caller that has given its own
/// socket a longer name than ours makes .NET's <see cref="Socket.AcceptAsync()"/> end the process (no room for the name, thrown where nobody catches).
/// </summary>
public sealed class UnixListener : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int Backlog = 1024;
    private const int AddressFamilyUnix = 1;
    private const int StreamType = 1;

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };

    private UnixListener()
    {
    }

    /// <summary>Listens at a path; what is there is replaced.</summary>
    /// <param name="mode">Who may connect needs write permission.</param>
    public static UnixListener Bind(string path, UnixFileMode mode)
    {
        File.Delete(path);
        var listener = new UnixListener();
        try
        {
            listener._socket.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, mode);
            listener._socket.Listen(Backlog);
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Two sockets that are connected with each other.</summary>
    public static unsafe (Socket One, Socket Other) Pair()
    {
        var pair = stackalloc int[2];
        Check.Result(Libc.SocketPair(AddressFamilyUnix, StreamType | CloseOnExec, 0, pair), "socketpair");
        return (Own(pair[0]), Own(pair[1]));
    }

    /// <summary>The next connection.</summary>
    /// <exception cref="LinuxException">EMFILE, ENFILE: no descriptor is left.</exception>
    public async Task<Socket> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryAccept() is { } connection)
            {
                return connection;
            }

            await Reactor.Shared.WaitAsync(_socket.SafeHandle, PollEvents.In, cancellationToken);
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Null: nobody waits, or who did has gone or cannot be served.</summary>
    private unsafe Socket? TryAccept()
    {
        var fd = Libc.Accept4(_socket.SafeHandle, null, null, CloseOnExec | NonBlocking);
        if (fd >= 0)
        {
            return TryOwn(fd);
        }

        return Marshal.GetLastPInvokeError() is Errno.EAGAIN or Errno.EINTR or Errno.ECONNABORTED ? null : throw LinuxException.Last("accept4");
    }

    private static Socket? TryOwn(int fd)
    {
        try
        {
            return Own(fd);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // A peer whose name .NET cannot take.
            return null;
        }
    }

    private static Socket Own(int fd)
    {
        var handle = new SafeSocketHandle(fd, ownsHandle: true);
        try
        {
            return new Socket(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }
}
