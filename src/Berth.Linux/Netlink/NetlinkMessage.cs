using System.Buffers.Binary;
using System.Net;
using Berth.Linux.Interop;

namespace Berth.Linux.Netlink;

/// <summary>Builds one netlink message: header, a fixed structure, then attributes padded to 4 bytes, netlink(7).</summary>
internal sealed class NetlinkMessage
{
    public const int HeaderSize = 16;

    private readonly List<byte> _bytes = new(256);

    public NetlinkMessage(ushort type, ushort flags)
    {
        U32(0).U16(type).U16((ushort)(flags | RtNetlinkConstants.Request)).U32(0).U32(0);
    }

    public NetlinkMessage U8(byte value)
    {
        _bytes.Add(value);
        return this;
    }

    public NetlinkMessage U16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public NetlinkMessage U32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary><c>struct ifinfomsg</c>.</summary>
    public NetlinkMessage LinkHeader(int index = 0, uint flags = 0, uint change = 0) =>
        U8(0).U8(0).U16(0).U32((uint)index).U32(flags).U32(change);

    public NetlinkMessage Attribute(ushort type, ReadOnlySpan<byte> value)
    {
        U16((ushort)(4 + value.Length)).U16(type);
        _bytes.AddRange(value);
        return Pad();
    }

    public NetlinkMessage Attribute(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Attribute(type, bytes);
    }

    public NetlinkMessage Attribute(ushort type, string value) => Attribute(type, CString.Encode(value));

    public NetlinkMessage Attribute(ushort type, IPAddress value) => Attribute(type, value.GetAddressBytes());

    /// <summary>An attribute that holds attributes.</summary>
    public NetlinkMessage Nested(ushort type, Action<NetlinkMessage> fill)
    {
        var start = _bytes.Count;
        U16(0).U16(type);
        fill(this);
        BitConverter.TryWriteBytes(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes)[start..], (ushort)(_bytes.Count - start));
        return this;
    }

    public byte[] Finish(uint sequence)
    {
        var message = _bytes.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(message, message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(8), sequence);
        return message;
    }

    private NetlinkMessage Pad()
    {
        while (_bytes.Count % 4 != 0)
        {
            _bytes.Add(0);
        }

        return this;
    }
}
