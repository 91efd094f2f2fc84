namespace Berth.Linux.Netlink;

/// <summary>Numbers of linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/veth.h.</summary>
internal static class RtNetlinkConstants
{
    public const ushort Request = 0x1;
    public const ushort Ack = 0x4;
    public const ushort Replace = 0x100;
    public const ushort Exclusive = 0x200;
    public const ushort Dump = 0x300;
    public const ushort Create = 0x400;
    public const ushort DumpInterrupted = 0x10;
    public const ushort AckTlvs = 0x200;

    public const ushort MsgError = 2;
    public const ushort MsgDone = 3;

    public const ushort NewLink = 16;
    public const ushort DelLink = 17;
    public const ushort GetLink = 18;
    public const ushort SetLink = 19;
    public const ushort NewAddr = 20;
    public const ushort DelAddr = 21;
    public const ushort GetAddr = 22;
    public const ushort NewRoute = 24;
    public const ushort DelRoute = 25;
    public const ushort GetRoute = 26;
    public const ushort GetNeigh = 30;

    public const ushort LinkMac = 1;
    public const ushort LinkName = 3;
    public const ushort LinkMtu = 4;
    public const ushort LinkLink = 5;
    public const ushort LinkMaster = 10;
    public const ushort LinkOperState = 16;
    public const ushort LinkInfo = 18;
    public const ushort LinkNetNsPid = 19;
    public const ushort LinkStats64 = 23;
    public const ushort LinkNetNsFd = 28;
    public const ushort InfoKind = 1;
    public const ushort InfoData = 2;
    public const ushort VethPeer = 1;
    public const ushort BridgeStpState = 5;
    public const ushort BridgeVlanFiltering = 7;
    public const ushort VlanId = 1;
    public const ushort MacVlanMode = 1;

    public const ushort AddrAddress = 1;
    public const ushort AddrLocal = 2;
    public const ushort AddrBroadcast = 4;

    public const ushort RouteDestination = 1;
    public const ushort RouteOutInterface = 4;
    public const ushort RouteGateway = 5;
    public const ushort RoutePriority = 6;
    public const ushort RouteTable = 15;

    public const ushort NeighDestination = 1;
    public const ushort NeighLinkAddress = 2;

    public const uint InterfaceUp = 0x1;
}
