using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using static Berth.Linux.Netlink.RtNetlinkConstants;

namespace Berth.Linux.Netlink;

public sealed partial class RtNetlink
{
    private const byte FamilyV4 = 2;
    private const byte FamilyV6 = 10;
    private const byte MainTable = 254;
    private const byte BootProtocol = 3;
    private const byte ScopeLink = 253;
    private const byte ScopeAny = 255;
    private const byte Unicast = 1;

    /// <summary>Adds an address, for IPv4 with the broadcast address of its network.</summary>
    /// <exception cref="LinuxException">EEXIST: it is there already.</exception>
    public Task AddAddressAsync(string name, IPAddress address, int prefixLength, CancellationToken cancellationToken) =>
        ChangeAddressAsync(NewAddr, Ack | Create | Exclusive, "add address", name, address, prefixLength, cancellationToken);

    /// <summary>Deletes an address.</summary>
    /// <exception cref="LinuxException">EADDRNOTAVAIL: it is not there.</exception>
    public Task DeleteAddressAsync(string name, IPAddress address, int prefixLength, CancellationToken cancellationToken) =>
        ChangeAddressAsync(DelAddr, Ack, "delete address", name, address, prefixLength, cancellationToken);

    /// <summary>All addresses of all interfaces, IPv4 and IPv6.</summary>
    public async Task<IReadOnlyList<LinkAddress>> GetAddressesAsync(CancellationToken cancellationToken) =>
        await DumpAsync(() => new NetlinkMessage(GetAddr, Dump).U32(0).U32(0), "RTM_GETADDR", ParseAddress, cancellationToken);

    /// <summary>Adds a route to the main table.</summary>
    /// <exception cref="LinuxException">EEXIST: there is one; ENETUNREACH: the gateway is on no link.</exception>
    public Task AddRouteAsync(Route route, CancellationToken cancellationToken) =>
        DoAsync(RouteMessage(NewRoute, Ack | Create | Exclusive, route), "add route", RouteName(route), cancellationToken);

    /// <summary>Routes networks to an interface that is up.</summary>
    public async Task RouteToAsync(string name, IReadOnlyList<IPNetwork> networks, CancellationToken cancellationToken)
    {
        if (networks.Count > 0)
        {
            var index = await IndexAsync(name, cancellationToken);
            foreach (var network in networks)
            {
                await AddRouteAsync(new(network, null, index), cancellationToken);
            }
        }
    }

    /// <summary>Deletes a route of the main table.</summary>
    /// <exception cref="LinuxException">ESRCH: there is none.</exception>
    public Task DeleteRouteAsync(Route route, CancellationToken cancellationToken) =>
        DoAsync(RouteMessage(DelRoute, Ack, route), "delete route", RouteName(route), cancellationToken);

    /// <summary>The unicast routes of the main table, IPv4 and IPv6.</summary>
    public async Task<IReadOnlyList<Route>> GetRoutesAsync(CancellationToken cancellationToken) =>
        await DumpAsync(() => new NetlinkMessage(GetRoute, Dump).U32(0).U32(0).U32(0), "RTM_GETROUTE", ParseRoute, cancellationToken);

    /// <summary>The ARP and ND tables.</summary>
    public async Task<IReadOnlyList<Neighbour>> GetNeighboursAsync(CancellationToken cancellationToken) =>
        await DumpAsync(() => new NetlinkMessage(GetNeigh, Dump).U32(0).U32(0).U32(0), "RTM_GETNEIGH", ParseNeighbour, cancellationToken);

    private async Task ChangeAddressAsync(
        ushort type, ushort flags, string what, string name, IPAddress address, int prefixLength, CancellationToken cancellationToken)
    {
        var index = await IndexAsync(name, cancellationToken);
        var message = new NetlinkMessage(type, flags)
            .U8(Family(address)).U8((byte)prefixLength).U8(0).U8(0).U32((uint)index)
            .Attribute(AddrLocal, address).Attribute(AddrAddress, address);
        if (address.AddressFamily == AddressFamily.InterNetwork && prefixLength is > 0 and < 31)
        {
            var bytes = address.GetAddressBytes();
            BinaryPrimitives.WriteUInt32BigEndian(bytes, BinaryPrimitives.ReadUInt32BigEndian(bytes) | (uint.MaxValue >> prefixLength));
            message.Attribute(AddrBroadcast, bytes);
        }

        await DoAsync(message, what, $"{name} {address}/{prefixLength}", cancellationToken);
    }

    private static NetlinkMessage RouteMessage(ushort type, ushort flags, Route route)
    {
        var address = route.Destination?.BaseAddress ?? route.Gateway ?? throw new ArgumentException("A default route needs a gateway.", nameof(route));
        var scope = type == DelRoute ? ScopeAny : route.Gateway is null && Family(address) == FamilyV4 ? ScopeLink : (byte)0;
        var message = new NetlinkMessage(type, flags)
            .U8(Family(address)).U8((byte)(route.Destination?.PrefixLength ?? 0)).U8(0).U8(0)
            .U8(MainTable).U8(type == NewRoute ? BootProtocol : (byte)0).U8(scope).U8(Unicast).U32(0);
        if (route.Destination is { } destination)
        {
            message.Attribute(RouteDestination, destination.BaseAddress);
        }

        if (route.Gateway is { } gateway)
        {
            message.Attribute(RouteGateway, gateway);
        }

        if (route.LinkIndex != 0)
        {
            message.Attribute(RouteOutInterface, (uint)route.LinkIndex);
        }

        return route.Metric == 0 ? message : message.Attribute(RoutePriority, route.Metric);
    }

    private static LinkAddress? ParseAddress(ReadOnlySpan<byte> body)
    {
        IPAddress? address = null, local = null;
        var reader = new NetlinkReader(body[8..]);
        while (reader.Next())
        {
            // On a point-to-point link IFA_ADDRESS is the peer's and IFA_LOCAL the own one; IPv6 often has only IFA_ADDRESS.
            address = reader.Type == AddrAddress ? new IPAddress(reader.Value) : address;
            local = reader.Type == AddrLocal ? new IPAddress(reader.Value) : local;
        }

        return (local ?? address) is { } found ? new LinkAddress(BinaryPrimitives.ReadInt32LittleEndian(body[4..]), found, body[1], body[3]) : null;
    }

    private static Route? ParseRoute(ReadOnlySpan<byte> body)
    {
        var (family, prefix, table, type) = (body[0], body[1], (uint)body[4], body[7]);
        var route = new Route(null, null, 0);
        var reader = new NetlinkReader(body[12..]);
        while (reader.Next())
        {
            table = reader.Type == RouteTable ? reader.U32 : table;
            route = reader.Type switch
            {
                RouteDestination => route with { Destination = new IPNetwork(new IPAddress(reader.Value), prefix) },
                RouteGateway => route with { Gateway = new IPAddress(reader.Value) },
                RouteOutInterface => route with { LinkIndex = (int)reader.U32 },
                RoutePriority => route with { Metric = reader.U32 },
                _ => route,
            };
        }

        return table == MainTable && type == Unicast && family is FamilyV4 or FamilyV6 ? route : null;
    }

    private static Neighbour? ParseNeighbour(ReadOnlySpan<byte> body)
    {
        IPAddress? address = null;
        var mac = PhysicalAddress.None;
        var reader = new NetlinkReader(body[12..]);
        while (reader.Next())
        {
            address = reader.Type == NeighDestination && reader.Value.Length is 4 or 16 ? new IPAddress(reader.Value) : address;
            mac = reader.Type == NeighLinkAddress ? new PhysicalAddress(reader.Value.ToArray()) : mac;
        }

        return address is null
            ? null
            : new Neighbour(BinaryPrimitives.ReadInt32LittleEndian(body[4..]), address, mac, BinaryPrimitives.ReadUInt16LittleEndian(body[8..]));
    }

    private static byte Family(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? FamilyV4 : FamilyV6;

    private static string RouteName(Route route) => $"{route.Destination?.ToString() ?? "default"} via {route.Gateway?.ToString() ?? "link"}";
}
