using System.Buffers.Binary;
using System.Net.NetworkInformation;

namespace Berth.Linux.Netlink;

/// <summary>A network interface.</summary>
/// <param name="Index">Its number in this namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind">"bridge", "veth", "tun", …; empty for hardware and loopback.</param>
/// <param name="Mac">Hardware address.</param>
/// <param name="Mtu">Largest packet, bytes.</param>
/// <param name="IsUp">Whether it was set up (IFF_UP).</param>
/// <param name="OperState">RFC 2863: 0 unknown, 2 down, 3 lower layer down, 6 up.</param>
/// <param name="MasterIndex">The bridge or bond that it is a port of; 0: none.</param>
/// <param name="PeerIndex">A veth's peer (in the peer's namespace), a VLAN's parent; 0: none.</param>
/// <param name="Stats">Traffic counters.</param>
public sealed record Link(
    int Index, string Name, string Kind, PhysicalAddress Mac, int Mtu, bool IsUp, byte OperState, int MasterIndex, int PeerIndex, LinkStats Stats)
{
    /// <summary>From <c>struct ifinfomsg</c> and its attributes.</summary>
    internal static Link Parse(ReadOnlySpan<byte> body)
    {
        var (name, kind, mac, mtu, operState, master, peer) = ("", "", PhysicalAddress.None, 0, (byte)0, 0, 0);
        LinkStats stats = default;
        var reader = new NetlinkReader(body[16..]);
        while (reader.Next())
        {
            switch (reader.Type)
            {
                case RtNetlinkConstants.LinkName:
                    name = reader.Text;
                    break;
                case RtNetlinkConstants.LinkMac:
                    mac = new PhysicalAddress(reader.Value.ToArray());
                    break;
                case RtNetlinkConstants.LinkMtu:
                    mtu = (int)reader.U32;
                    break;
                case RtNetlinkConstants.LinkMaster:
                    master = (int)reader.U32;
                    break;
                case RtNetlinkConstants.LinkLink:
                    peer = (int)reader.U32;
                    break;
                case RtNetlinkConstants.LinkOperState:
                    operState = reader.Value[0];
                    break;
                case RtNetlinkConstants.LinkInfo:
                    kind = KindOf(reader.Value);
                    break;
                case RtNetlinkConstants.LinkStats64:
                    stats = LinkStats.Parse(reader.Value);
                    break;
            }
        }

        var isUp = (BinaryPrimitives.ReadUInt32LittleEndian(body[8..]) & RtNetlinkConstants.InterfaceUp) != 0;
        return new(BinaryPrimitives.ReadInt32LittleEndian(body[4..]), name, kind, mac, mtu, isUp, operState, master, peer, stats);
    }

    private static string KindOf(ReadOnlySpan<byte> info)
    {
        var reader = new NetlinkReader(info);
        while (reader.Next())
        {
            if (reader.Type == RtNetlinkConstants.InfoKind)
            {
                return reader.Text;
            }
        }

        return "";
    }
}
