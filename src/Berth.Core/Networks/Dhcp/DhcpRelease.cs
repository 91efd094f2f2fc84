using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Berth.Core.Networks.Dhcp;

/// <summary>Gives a lease back in the client's name (RFC 2131 DHCPRELEASE, RFC 8415 Release): dnsmasq forgets it at once.</summary>
internal static class DhcpRelease
{
    private const int ServerPort = 67;
    private const int ServerPort6 = 547;

    /// <param name="server">The bridge's address of the lease's family.</param>
    public static void Send(DhcpLease lease, string mac, IPAddress server)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        var packet = lease.IsIpv6 ? Version6(lease) : Version4(lease, mac, server);
        socket.SendTo(packet, new IPEndPoint(server, lease.IsIpv6 ? ServerPort6 : ServerPort));
    }

    private static byte[] Version4(DhcpLease lease, string mac, IPAddress server)
    {
        const int fixedSize = 240;
        var packet = new byte[fixedSize];
        packet[0] = 1; // BOOTREQUEST
        packet[1] = 1; // Ethernet
        packet[2] = 6;
        RandomNumberGenerator.Fill(packet.AsSpan(4, 4));
        lease.Address.TryWriteBytes(packet.AsSpan(12), out _);
        Hex(mac).CopyTo(packet, 28);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(236), 0x63825363);
        byte[] type = [53, 1, 7];
        byte[] serverId = [54, 4, .. server.GetAddressBytes()];
        byte[] clientId = lease.ClientId == "*" ? [] : [61, (byte)Hex(lease.ClientId).Length, .. Hex(lease.ClientId)];
        return [.. packet, .. type, .. serverId, .. clientId, 255];
    }

    private static byte[] Version6(DhcpLease lease)
    {
        // IA_NA: IAID, T1, T2, then the address with both its lifetimes 0. IA_TA has neither T1 nor T2.
        byte[] address = Option(5, [.. lease.Address.GetAddressBytes(), .. new byte[8]]);
        var iaid = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(iaid, lease.Iaid);
        byte[] association = lease.IsTemporary ? Option(4, [.. iaid, .. address]) : Option(3, [.. iaid, .. new byte[8], .. address]);
        byte[] header = [8, .. RandomNumberGenerator.GetBytes(3)];
        return [.. header, .. Option(1, Hex(lease.ClientId)), .. Option(2, Hex(lease.ServerDuid)), .. Option(8, [0, 0]), .. association];
    }

    private static byte[] Option(ushort code, byte[] data) =>
        [(byte)(code >> 8), (byte)code, (byte)(data.Length >> 8), (byte)data.Length, .. data];

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(":", "", StringComparison.Ordinal));
}
