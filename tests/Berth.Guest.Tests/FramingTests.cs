using Berth.Guest.Framing;
using CsCheck;

namespace Berth.Guest.Tests;

public sealed class FramingTests
{
    private static readonly Gen<(FrameType Type, uint Session, uint Channel, byte Stream, byte[] Payload)> s_frame = Gen.Select(
        Gen.Int[1, 10].Select(i => (FrameType)i), Gen.UInt, Gen.UInt, Gen.Byte, Gen.Byte.Array[0, 300]);

    private static readonly Gen<byte[]> s_garbage = Gen.OneOf(
        Gen.Byte.Array[0, 200],
        Gen.Const("BRTH"u8.ToArray()),
        Gen.Const(new byte[] { 0x42, 0x52, 0x54, 0x48, 7, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6, 7, 8 }));

    [Fact]
    public void Frames_survive_any_chunking_between_garbage() =>
        Gen.Select(s_frame.Array[0, 12], s_garbage.Array[12], Gen.Int[1, 700].Array[1, 40]).Sample((frames, garbage, chunks) =>
        {
            var wire = new List<byte>();
            for (var i = 0; i < frames.Length; i++)
            {
                wire.AddRange(garbage[i]);
                wire.AddRange(Encode(frames[i]));
            }
            var seen = Decode([.. wire], chunks, out _);
            Assert.Equal(frames.Length, seen.Count);
            foreach (var (expected, actual) in frames.Zip(seen))
            {
                Assert.Equal((expected.Type, expected.Session, expected.Channel, expected.Stream), (actual.Type, actual.Session, actual.Channel, actual.Stream));
                Assert.Equal(expected.Payload, actual.Payload.ToArray());
            }
        });

    [Fact]
    public void A_frame_cut_off_never_swallows_what_follows_the_preamble() =>
        Gen.Select(s_frame, s_frame, Gen.Double[0, 1], Gen.Int[1, 5000].Array[1, 10]).Sample((cut, whole, where, chunks) =>
        {
            var broken = Encode(cut);
            var kept = (int)(where * (broken.Length - 1));
            byte[] wire = [.. broken[..kept], .. new byte[FrameFormat.PreambleLength], .. Encode(whole)];
            var seen = Decode(wire, chunks, out _);

            // What was cut off may have been zeros, as the preamble is: then the frame is whole after all.
            var completed = broken[kept..].All(b => b == 0);
            Assert.Equal(completed ? 2 : 1, seen.Count);
            Assert.Equal(whole.Payload, seen[^1].Payload.ToArray());
        });

    [Fact]
    public void One_damaged_byte_loses_that_frame_alone() =>
        Gen.Select(s_frame, s_frame, Gen.Int[0, int.MaxValue], Gen.Byte[1, 255]).Sample((damaged, whole, where, xor) =>
        {
            var bytes = Encode(damaged);
            bytes[where % bytes.Length] ^= xor;
            var seen = Decode([.. bytes, .. Encode(whole)], [int.MaxValue], out var skipped);
            Assert.Single(seen);
            Assert.Equal(whole.Session, seen[0].Session);
            Assert.Equal(bytes.Length, skipped);
        });

    [Fact]
    public void A_length_beyond_the_limit_is_garbage_even_with_a_sound_checksum()
    {
        var header = new byte[FrameFormat.HeaderLength + FrameFormat.MaxPayload];
        FrameFormat.Write(header, FrameType.Data, 1, 2, 0, []);
        Assert.Throws<ArgumentOutOfRangeException>(() => FrameFormat.Write(header, FrameType.Data, 1, 2, 0, new byte[FrameFormat.MaxPayload + 1]));
        BitConverter.TryWriteBytes(header.AsSpan(16), 0x7fffffffu);
        var crc = uint.MaxValue;
        foreach (var b in header.AsSpan(0, 24))
        {
            crc = System.Numerics.BitOperations.Crc32C(crc, b);
        }
        BitConverter.TryWriteBytes(header.AsSpan(24), ~crc);
        Assert.Equal(-1, FrameFormat.PayloadLength(header));
    }

    private static byte[] Encode((FrameType Type, uint Session, uint Channel, byte Stream, byte[] Payload) frame)
    {
        var buffer = new byte[FrameFormat.HeaderLength + frame.Payload.Length];
        FrameFormat.Write(buffer, frame.Type, frame.Session, frame.Channel, frame.Stream, frame.Payload);
        return buffer;
    }

    private static List<Frame> Decode(byte[] wire, int[] chunks, out long skipped)
    {
        var decoder = new FrameDecoder();
        var seen = new List<Frame>();
        for (int offset = 0, i = 0; offset < wire.Length; i++)
        {
            var room = decoder.WriteBuffer();
            Assert.False(room.IsEmpty);
            var count = Math.Min(Math.Min(chunks[i % chunks.Length], room.Length), wire.Length - offset);
            wire.AsMemory(offset, count).CopyTo(room);
            decoder.Advance(count);
            offset += count;
            while (decoder.TryRead(out var frame))
            {
                seen.Add(frame with { Payload = frame.Payload.ToArray() });
            }
        }
        skipped = decoder.Skipped;
        return seen;
    }
}
