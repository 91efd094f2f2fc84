using System.Net.Sockets;
using System.Text;

namespace Berth.Linux.Processes;

/// <summary>Tells the service manager how it goes, sd_notify(3). Without NOTIFY_SOCKET it does nothing.</summary>
public static class ServiceNotifier
{
    /// <summary>READY=1: the API answers.</summary>
    public static bool Ready(string status) => Send($"READY=1\nSTATUS={status}");

    /// <summary>STOPPING=1.</summary>
    public static bool Stopping() => Send("STOPPING=1");

    /// <summary>Sends assignments, one per line.</summary>
    /// <returns>False: nobody asked for it, or the manager is gone. Neither is a reason for a service to fail.</returns>
    public static bool Send(string state) => Send(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"), state);

    internal static bool Send(string? address, string state)
    {
        if (string.IsNullOrEmpty(address))
        {
            return false;
        }

        // "@name" is the abstract socket "\0name".
        var name = address[0] == '@' ? "\0" + address[1..] : address;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.Blocking = false;
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(name));
            return true;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return false;
        }
    }
}
