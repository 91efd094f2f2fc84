using System.Buffers.Binary;

namespace Berth.Linux.Netlink;

/// <summary>Counters of an interface since it was made (rtnl_link_stats64), as its own side sees them.</summary>
public readonly record struct LinkStats(
    long RxPackets, long TxPackets, long RxBytes, long TxBytes, long RxErrors, long TxErrors, long RxDropped, long TxDropped)
{
    internal static LinkStats Parse(ReadOnlySpan<byte> stats) => new(
        At(stats, 0), At(stats, 1), At(stats, 2), At(stats, 3), At(stats, 4), At(stats, 5), At(stats, 6), At(stats, 7));

    private static long At(ReadOnlySpan<byte> stats, int field) => BinaryPrimitives.ReadInt64LittleEndian(stats[(8 * field)..]);
}
