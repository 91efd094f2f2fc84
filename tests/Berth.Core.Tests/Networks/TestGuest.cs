using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Linux;
using Berth.Linux.Events;
using Berth.Linux.Namespaces;
using Berth.Linux.Netlink;
using Berth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Tests.Networks;

/// <summary>What stands for an instance: a network namespace with a veth on a bridge.</summary>
public sealed class TestGuest : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly SafeFileHandle _network;

    private TestGuest(SafeFileHandle network, NicSpec nic) => (_network, Nic) = (network, nic);

    public NicSpec Nic { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Resolves and attaches a NIC as the daemon does for a container, and does liblxc's part.</summary>
    public static async Task<TestGuest> PlugInAsync(
        NetworkService daemon, RtNetlink host, string network, string instance, IEnumerable<(string Key, string Value)> config)
    {
        var device = config.Append(("type", "nic")).Append(("network", network)).ToDictionary(c => c.Item1, c => c.Item2);
        var nic = await daemon.ResolveNicAsync(new(instance, InstanceKind.Container, "eth0", device, new Dictionary<string, string>()), Cancel);
        await daemon.AttachAsync(instance, instance, nic, Cancel);
        var guest = new TestGuest(NamespaceThread.CreateNetwork(), nic);
        await host.CreateVethAsync(
            new()
            {
                Name = nic.HostName, PeerName = nic.GuestName, PeerMac = PhysicalAddress.Parse(nic.Mac),
                PeerNamespace = NetworkNamespace.Of(guest._network),
            },
            Cancel);
        await host.SetMasterAsync(nic.HostName, nic.Bridge, Cancel);
        await host.SetUpAsync(nic.HostName, true, Cancel);
        using var inside = RtNetlink.OpenIn(guest._network);
        await inside.SetUpAsync("lo", true, Cancel);
        return guest;
    }

    /// <summary>A namespace on a veth of its own, not on any bridge: the outside.</summary>
    public static async Task<TestGuest> OutsideAsync(RtNetlink host, string address, string hostAddress)
    {
        var guest = new TestGuest(NamespaceThread.CreateNetwork(), new("eth0", "eth0", "outside0", "", ""));
        await host.CreateVethAsync(new() { Name = "outside0", PeerName = "eth0", PeerNamespace = NetworkNamespace.Of(guest._network) }, Cancel);
        await host.AddAddressAsync("outside0", IPAddress.Parse(hostAddress), 24, Cancel);
        await host.SetUpAsync("outside0", true, Cancel);
        await guest.UpAsync();
        using var inside = RtNetlink.OpenIn(guest._network);
        await inside.AddAddressAsync("eth0", IPAddress.Parse(address), 24, Cancel);
        return guest;
    }

    public async Task UpAsync()
    {
        using var inside = RtNetlink.OpenIn(_network);
        await inside.SetUpAsync(Nic.GuestName, true, Cancel);
    }

    /// <summary>Asks DHCP for an address, takes it and its route, and says what it was given.</summary>
    public async Task<string> DhcpAsync()
    {
        await UpAsync();
        var script = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(script, """
                #!/bin/sh
                case "$1" in bound|renew) ;; *) exit 0 ;; esac
                ip addr add "$ip/$mask" dev "$interface"
                ip route replace default via "$router"
                echo "ip=$ip router=$router dns=$dns domain=$domain search=$search mtu=$mtu"
                """, Cancel);
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            return await RunAsync("busybox", "udhcpc", "-i", Nic.GuestName, "-f", "-n", "-q", "-t", "5", "-T", "1", "-s", script, "-O", "search", "-O", "mtu");
        }
        finally
        {
            File.Delete(script);
        }
    }

    /// <summary>Asks DHCPv6 for an address (RFC 8415, Solicit with Rapid Commit); it is not put on the interface.</summary>
    public async Task<string> Dhcp6Async()
    {
        using var socket = NamespaceThread.RunInNetwork(_network, () =>
        {
            File.WriteAllText($"/proc/sys/net/ipv6/conf/{Nic.GuestName}/accept_dad", "0");
            var udp = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
            udp.Bind(new IPEndPoint(IPAddress.IPv6Any, 546));
            return udp;
        });
        await UpAsync();
        using var inside = RtNetlink.OpenIn(_network);
        var index = (await inside.FindLinkAsync(Nic.GuestName, Cancel))!.Index;
        byte[] duid = [0, 3, 0, 1, .. Convert.FromHexString(Nic.Mac.Replace(":", "", StringComparison.Ordinal))];
        byte[] solicit =
        [
            1, 7, 7, 7, 0, 1, 0, (byte)duid.Length, .. duid, 0, 14, 0, 0, 0, 8, 0, 2, 0, 0,
            0, 3, 0, 12, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        var reply = new byte[1500];
        var receiving = socket.ReceiveAsync(reply, Cancel).AsTask();
        for (var attempt = 0; attempt < 40 && !receiving.IsCompleted; attempt++)
        {
            // As RFC 8415 has it: Solicit is sent again while nobody answers.
            await SolicitAsync(socket, solicit, new(IPAddress.Parse($"ff02::1:2%{index}"), 547));
            await Task.WhenAny(receiving, Task.Delay(TimeSpan.FromMilliseconds(250), Cancel));
        }

        var length = await receiving.WaitAsync(Deadline, Cancel);

        // The address option (5, 24 bytes) in the association.
        var at = reply.AsSpan(0, length).IndexOf((ReadOnlySpan<byte>)[0, 5, 0, 24]);
        return at < 0 ? Convert.ToHexString(reply, 0, length) : new IPAddress(reply.AsSpan(at + 4, 16)).ToString();
    }

    private static async Task SolicitAsync(Socket socket, byte[] solicit, IPEndPoint to)
    {
        try
        {
            await socket.SendToAsync(solicit, to, Cancel);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            // The link has no address of its own yet.
        }
    }

    /// <summary>Sets the link up and waits until it has chosen an address by a router advertisement.</summary>
    public async Task<string> RouterAdvertisementAsync()
    {
        var (read, write) = Fd.Pipe();
        ChildProcess monitor;
        using (write)
        {
            monitor = NamespaceThread.RunInNetwork(_network, () => Spawner.Start(new()
            {
                Argv = ["ip", "-6", "-oneline", "monitor", "address"],
                Fds = new Dictionary<int, System.Runtime.InteropServices.SafeHandle> { [1] = write },
            }));
        }

        try
        {
            await UpAsync();
            using var lines = new StreamReader(new ReactorStream(read, FileAccess.Read));
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            deadline.CancelAfter(Deadline);
            while (await lines.ReadLineAsync(deadline.Token) is { } line)
            {
                if (line.Contains("scope global", StringComparison.Ordinal) && !line.Contains("tentative", StringComparison.Ordinal))
                {
                    return line;
                }
            }

            throw new InvalidOperationException("ip monitor ended");
        }
        finally
        {
            monitor.Kill();
            await monitor.Exited;
        }
    }

    /// <summary>Runs a command inside; it must succeed.</summary>
    public async Task<string> RunAsync(params string[] argv) =>
        (await NamespaceThread.RunInNetwork(_network, () => Spawner.RunCheckedAsync(argv, new() { Timeout = Deadline }, Cancel))).Stdout;

    /// <summary>The address that the bridge's DNS has for a name; null when it has none.</summary>
    public async Task<string?> ResolveAsync(string name, string server, string type = "a")
    {
        var result = await NamespaceThread.RunInNetwork(
            _network, () => Spawner.RunAsync(["busybox", "nslookup", $"-type={type}", name, server], new() { Timeout = Deadline }, Cancel));
        var answer = result.Stdout.Split('\n').SkipWhile(l => !l.StartsWith("Name:", StringComparison.Ordinal)).ToList();
        return answer.FirstOrDefault(l => l.StartsWith("Address", StringComparison.Ordinal))?.Split(": ")[^1].Trim();
    }

    /// <summary>The namespace goes, and the veth pair with it.</summary>
    public void Dispose() => _network.Dispose();
}
