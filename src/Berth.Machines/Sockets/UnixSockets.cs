using System.Net.Sockets;
using Berth.Linux;

namespace Berth.Machines.Sockets;

/// <summary>Unix sockets in directories of any depth: sun_path holds 108 bytes, /proc/self/fd/N/name always fits.</summary>
internal static class UnixSockets
{
    /// <summary>
    /// A listening socket that outlives this object: QEMU gets its descriptor, so that a connection can be made, and waits, before
    /// QEMU has come up. Replaces what a dead machine left.
    /// </summary>
    public static Socket Listen(string path)
    {
        using var directory = Fd.Open(Path.GetDirectoryName(path)!, OpenFlags.Path | OpenFlags.Directory);
        var name = Path.GetFileName(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // Bound under another name, because .NET removes the name that it bound when the socket is closed.
            var bound = $"{Fd.ProcPath(directory)}/.{name}";
            File.Delete(bound);
            socket.Bind(new UnixDomainSocketEndPoint(bound));
            File.SetUnixFileMode(bound, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(4);
            File.Move(bound, Path.Combine(Fd.ProcPath(directory), name), overwrite: true);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <exception cref="SocketException">Nobody listens.</exception>
    public static async Task<NetworkStream> ConnectAsync(string path, CancellationToken cancel)
    {
        using var directory = Fd.Open(Path.GetDirectoryName(path)!, OpenFlags.Path | OpenFlags.Directory);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint($"{Fd.ProcPath(directory)}/{Path.GetFileName(path)}"), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
