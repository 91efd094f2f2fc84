using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Berth.Linux.Events;

/// <summary>The layout of <c>struct epoll_event</c>: packed on x86-64 only.</summary>
internal static class EpollEvent
{
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    public static readonly int Size = DataOffset + 8;

    public static void Write(Span<byte> to, uint events, ulong data)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to, events);
        BinaryPrimitives.WriteUInt64LittleEndian(to[DataOffset..], data);
    }

    public static (uint Events, ulong Data) Read(ReadOnlySpan<byte> from) =>
        (BinaryPrimitives.ReadUInt32LittleEndian(from), BinaryPrimitives.ReadUInt64LittleEndian(from[DataOffset..]));
}
