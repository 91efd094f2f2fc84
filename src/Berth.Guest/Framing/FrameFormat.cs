using System.Buffers.Binary;
using System.Numerics;

namespace Berth.Guest.Framing;

/// <summary>
/// The wire format. A serial port keeps bytes of a connection that is gone, so every frame can be found in garbage: a
/// magic number, a header with a checksum of its own (a random length never makes the receiver wait), and a checksum
/// of the payload.
/// <code>
///  0 magic "BRTH"   4 type u8, stream u8, zero u16   8 session u32   12 channel u32
/// 16 payload length u32   20 CRC-32C of the payload   24 CRC-32C of bytes 0..23   28 payload
/// </code>
/// All numbers are little endian.
/// </summary>
public static class FrameFormat
{
    /// <summary>Version of the protocol, exchanged in hello and welcome.</summary>
    public const int Version = 1;

    public const int HeaderLength = 28;

    /// <summary>Longest payload in bytes.</summary>
    public const int MaxPayload = 32 * 1024;

    /// <summary>
    /// Zeros written before the first frame of a connection: they complete a frame that an earlier connection left half
    /// written, so that the receiver, which waits for its rest, finds it damaged and goes on.
    /// </summary>
    public const int PreambleLength = HeaderLength + MaxPayload;

    private const uint Magic = 0x48545242;

    /// <summary>Writes header and payload; returns their length.</summary>
    public static int Write(Span<byte> destination, FrameType type, uint session, uint channel, byte stream, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MaxPayload);
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Magic);
        destination[4] = (byte)type;
        destination[5] = stream;
        destination[6] = 0;
        destination[7] = 0;
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], session);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], channel);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], (uint)payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], Checksum(payload));
        BinaryPrimitives.WriteUInt32LittleEndian(destination[24..], Checksum(destination[..24]));
        payload.CopyTo(destination[HeaderLength..]);
        return HeaderLength + payload.Length;
    }

    /// <summary>Length of the payload when the bytes begin with a sound header, else -1.</summary>
    internal static int PayloadLength(ReadOnlySpan<byte> header)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(header[24..]) != Checksum(header[..24]))
        {
            return -1;
        }
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header[16..]);
        return length <= MaxPayload ? (int)length : -1;
    }

    internal static bool PayloadIsSound(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload) =>
        BinaryPrimitives.ReadUInt32LittleEndian(header[20..]) == Checksum(payload);

    internal static Frame Parse(ReadOnlySpan<byte> header, ReadOnlyMemory<byte> payload) => new(
        (FrameType)header[4],
        BinaryPrimitives.ReadUInt32LittleEndian(header[8..]),
        BinaryPrimitives.ReadUInt32LittleEndian(header[12..]),
        header[5],
        payload);

    /// <summary>First byte of the magic: where a search for the next frame stops.</summary>
    internal const byte FirstByte = (byte)(Magic & 0xff);

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }
        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }
        return ~crc;
    }
}
