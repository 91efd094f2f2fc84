using System.Net.Sockets;

namespace Berth.Linux.Sockets;

/// <summary>Who connected to a unix socket (SO_PEERCRED, unix(7)), as of the moment of connecting.</summary>
public readonly record struct PeerCredentials(int Pid, uint Uid, uint Gid)
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    /// <summary>Reads them from a connected socket.</summary>
    /// <exception cref="SocketException">Not a unix socket.</exception>
    public static PeerCredentials Of(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12];
        var length = socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        return length == 12
            ? new PeerCredentials(BitConverter.ToInt32(credentials), BitConverter.ToUInt32(credentials[4..]), BitConverter.ToUInt32(credentials[8..]))
            : throw new LinuxException(Errno.EINVAL, "getsockopt(SO_PEERCRED)");
    }
}
