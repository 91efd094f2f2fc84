using System.Net.Sockets;
using Berth.Guest.Messages;
using Berth.Guest.Sessions;
using Berth.Linux.Sockets;

namespace Berth.Agent;

/// <summary>
/// The guest API's socket in a machine: there as long as the host waits for connections, for root alone. Each connection goes to the
/// host as it is; what it says is the host's business.
/// </summary>
internal static class GuestApi
{
    private const string DirectoryPath = "/dev/incus";
    private const string SocketPath = DirectoryPath + "/sock";

    private static readonly Lock s_lock = new();
    private static UnixListener? s_listener;
    private static int s_users;

    public static async Task ServeAsync(GuestChannel channel)
    {
        var listener = Join();
        try
        {
            using var connection = await listener.AcceptAsync(channel.Cancelled);
            await channel.SendControlAsync(new StartedControl(0), channel.Cancelled);
            await using var stream = new NetworkStream(connection, ownsSocket: false);
            await Task.WhenAll(SayAsync(stream, channel), TellAsync(channel, stream, connection));
        }
        catch (OperationCanceledException)
        {
            // The host does not wait any more.
        }
        finally
        {
            Leave();
        }
    }

    private static async Task SayAsync(NetworkStream stream, GuestChannel channel)
    {
        await using var output = channel.Output(1);
        await stream.CopyToAsync(output, channel.Cancelled);
    }

    private static async Task TellAsync(GuestChannel channel, NetworkStream stream, Socket connection)
    {
        await channel.Input(0).CopyToAsync(stream, channel.Cancelled);
        connection.Shutdown(SocketShutdown.Both);
    }

    private static UnixListener Join()
    {
        lock (s_lock)
        {
            s_users++;
            return s_listener ??= Listen();
        }
    }

    private static void Leave()
    {
        lock (s_lock)
        {
            if (--s_users > 0)
            {
                return;
            }

            s_listener?.Dispose();
            s_listener = null;
            File.Delete(SocketPath);
        }
    }

    private static UnixListener Listen()
    {
        Directory.CreateDirectory(DirectoryPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        return UnixListener.Bind(SocketPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
