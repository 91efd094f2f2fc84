using System.Runtime.InteropServices;
using Berth.Linux.Namespaces;

namespace Berth.Linux.Netlink;

/// <summary>
/// Interfaces, addresses, routes and neighbours of one network namespace, rtnetlink(7). Thread-safe; requests are made one after the other.
/// Errors are <see cref="LinuxException"/> with the kernel's own words where it has some: ENODEV no such interface, EEXIST there is one.
/// </summary>
public sealed partial class RtNetlink : IDisposable
{
    private const int DumpAttempts = 10;
    private const uint LinkEvents = 1;
    private const uint AddressEventsV4 = 0x10;
    private const uint AddressEventsV6 = 0x100;

    private readonly NetlinkSocket _socket;

    private RtNetlink(NetlinkSocket socket) => _socket = socket;

    /// <summary>How long a request may take.</summary>
    public static TimeSpan Timeout => TimeSpan.FromSeconds(10);

    /// <summary>For this process's network namespace.</summary>
    public static RtNetlink Open() => new(new NetlinkSocket(Timeout));

    /// <summary>For another network namespace, given a descriptor of /proc/PID/ns/net.</summary>
    public static RtNetlink OpenIn(SafeHandle network) => NamespaceThread.RunInNetwork(network, Open);

    /// <summary>Like <see cref="OpenIn(SafeHandle)"/>; <see cref="HasChanged"/> tells of changes then.</summary>
    public static RtNetlink OpenWatchingIn(SafeHandle network) =>
        NamespaceThread.RunInNetwork(network, static () => new RtNetlink(new NetlinkSocket(Timeout, LinkEvents | AddressEventsV4 | AddressEventsV6)));

    /// <summary>
    /// Whether interfaces or addresses may have changed since the last call, without waiting: of one that watches. Ask first and take a dump
    /// then, and no change is missed.
    /// </summary>
    public bool HasChanged() => _socket.TakeEvents();

    /// <summary>For the network namespace of a process.</summary>
    public static RtNetlink OpenIn(int pid)
    {
        using var network = Fd.Open($"/proc/{pid}/ns/net", OpenFlags.ReadOnly);
        return OpenIn(network);
    }

    public void Dispose() => _socket.Dispose();

    private Task DoAsync(NetlinkMessage message, string what, string? name, CancellationToken cancellationToken) =>
        _socket.RequestAsync(message, what, name, null, cancellationToken);

    private async Task<List<T>> DumpAsync<T>(Func<NetlinkMessage> request, string what, Parser<T> parse, CancellationToken cancellationToken)
        where T : class
    {
        for (var attempt = 1; ; attempt++)
        {
            var found = new List<T>();
            try
            {
                await _socket.RequestAsync(request(), what, null, (_, body) =>
                {
                    if (parse(body) is { } item)
                    {
                        found.Add(item);
                    }
                }, cancellationToken);
                return found;
            }
            catch (LinuxException e) when (e.Errno == Errno.EINTR && attempt < DumpAttempts)
            {
                // The table changed during the dump, which may have missed something: once more.
            }
        }
    }

    private delegate T? Parser<T>(ReadOnlySpan<byte> body);
}
