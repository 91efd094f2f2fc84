using System.Net.Sockets;

namespace Berth.Cli.Client;

/// <summary>HTTP whose connections all go to one unix socket.</summary>
internal static class UnixHttp
{
    /// <summary>Host name in the addresses; the socket decides where they go.</summary>
    public const string Authority = "berth";

    public static SocketsHttpHandler Handler(string socketPath) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        ConnectCallback = (_, _) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                // A unix socket connects at once or not at all, and a synchronous connect also serves the synchronous calls of completion.
                socket.Connect(new UnixDomainSocketEndPoint(socketPath));
                return ValueTask.FromResult<Stream>(new NetworkStream(socket, ownsSocket: true));
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };

    /// <summary>What to tell about a connection that failed.</summary>
    public static CliException Unreachable(string socketPath, Exception cause) => cause switch
    {
        SocketException { SocketErrorCode: SocketError.AccessDenied } => new CliException(
            $"may not open {socketPath}: be root, or a member of the group that the socket belongs to (see: ls -l {socketPath})"),
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => new CliException(
            $"nobody answers at {socketPath}: berthd is not running. Start it (systemctl start berth), or point BERTH_SOCKET elsewhere"),
        SocketException => new CliException(
            $"no socket at {socketPath}: berthd is not running. Start it (systemctl start berth), or point BERTH_SOCKET elsewhere"),
        ArgumentException => new CliException($"the socket path is too long for a unix socket: {socketPath}"),
        _ => new CliException($"the connection to {socketPath} broke: {cause.Message}"),
    };
}
