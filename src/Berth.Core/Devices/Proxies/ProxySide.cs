using System.Net;
using System.Net.Sockets;
using Berth.Core.Instances;
using Berth.Linux;
using Berth.Linux.Files;
using Berth.Linux.Namespaces;

namespace Berth.Core.Devices.Proxies;

/// <summary>Makes the sockets of one side of a proxy: on the host, or in a container's namespaces.</summary>
/// <param name="inside">Null: the host.</param>
internal sealed class ProxySide(IInstanceNamespaces? inside)
{
    private const int Backlog = 512;
    private const int IpFreeBind = 15;
    private const int Ipv6FreeBind = 78;
    private const int SolIpv6 = 41;
    private const int SolSocket = 1;
    private const int ReuseAddress = 2;

    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(10);

    /// <summary>A socket that listens (or, for UDP, receives) at one place.</summary>
    public Socket Listen(ProxyPart part, int port)
    {
        var address = part.Listen;
        if (address is { IsUnix: true, IsAbstract: false })
        {
            return ListenOnPath(part);
        }

        var socket = Create(address);
        try
        {
            if (!address.IsUnix)
            {
                FreeBind(socket);
                if (address.Protocol == "tcp")
                {
                    // Not the runtime's ReuseAddress, which lets others listen on the same port too.
                    socket.SetRawSocketOption(SolSocket, ReuseAddress, BitConverter.GetBytes(1));
                }
            }

            socket.Bind(EndPoint(address, port));
            if (address.Protocol != "udp")
            {
                socket.Listen(Backlog);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Removes the unix socket's file that <see cref="Listen"/> made.</summary>
    public void Remove(ProxyPart part)
    {
        if (part.Listen is { IsUnix: true, IsAbstract: false })
        {
            using var root = Root();
            RemoveSocket(root, part.Listen.Path);
        }
    }

    public async Task<Socket> ConnectAsync(ProxyAddress address, int port, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(ConnectDeadline);
        var socket = Create(address);
        try
        {
            if (address is { IsUnix: true, IsAbstract: false })
            {
                // By descriptor, so that no link in the container leads out of it.
                using var root = Root();
                using var file = root.OpenPath(address.Path, follow: true);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Fd.ProcPath(file)), deadline.Token);
            }
            else
            {
                await socket.ConnectAsync(EndPoint(address, port), deadline.Token);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static EndPoint EndPoint(ProxyAddress address, int port) =>
        address.IsUnix ? new UnixDomainSocketEndPoint("\0" + address.Path[1..]) : new IPEndPoint(address.Address!, port);

    private static Socket New(ProxyAddress address) => address.Protocol switch
    {
        "unix" => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
        "udp" => new(address.Address!.AddressFamily, SocketType.Dgram, ProtocolType.Udp),
        _ => new(address.Address!.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true },
    };

    /// <summary>The address may come later than the proxy, by DHCP.</summary>
    private static void FreeBind(Socket socket)
    {
        socket.SetRawSocketOption(0, IpFreeBind, BitConverter.GetBytes(1));
        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.SetRawSocketOption(SolIpv6, Ipv6FreeBind, BitConverter.GetBytes(1));
        }
    }

    private static void RemoveSocket(RootedDirectory root, string path)
    {
        if (root.TryStat(path, follow: false)?.Type == FileType.Socket)
        {
            root.Delete(path, recursive: false);
        }
    }

    /// <summary>A socket belongs to the network namespace that it was made in, whoever uses it afterwards.</summary>
    private Socket Create(ProxyAddress address)
    {
        if (inside is null)
        {
            return New(address);
        }

        using var network = inside.OpenNetwork();
        return NamespaceThread.RunInNetwork(network, () => New(address));
    }

    private RootedDirectory Root() => inside is null ? RootedDirectory.Open("/") : new(inside.OpenRoot(), new(inside.IdBase));

    private Socket ListenOnPath(ProxyPart part)
    {
        using var root = Root();
        RemoveSocket(root, part.Listen.Path);
        using var directory = root.OpenPath(Path.GetDirectoryName(part.Listen.Path)!, follow: true);
        var socket = New(part.Listen);
        try
        {
            // Bound under another name, because .NET removes the name that it bound when the socket is closed, wherever that is by then.
            var name = Path.GetFileName(part.Listen.Path);
            var bound = $"{Fd.ProcPath(directory)}/.{name}.new";
            File.Delete(bound);
            socket.Bind(new UnixDomainSocketEndPoint(bound));
            var place = Path.Join(Path.GetDirectoryName(part.Listen.Path), $".{name}.new");
            root.SetAttributes(place, new(part.Uid, part.Gid, part.Mode));
            socket.Listen(Backlog);
            root.Rename(place, part.Listen.Path);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
