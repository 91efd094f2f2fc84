namespace Berth.Guest.Framing;

/// <summary>One frame. Its payload is valid until the decoder is used again.</summary>
/// <param name="Session">Id that the host drew for the session; 0 in an announcement.</param>
/// <param name="Channel">Request that it belongs to; 0 for the session itself.</param>
/// <param name="Stream">0 stdin or content towards the guest, 1 stdout or content towards the host, 2 stderr.</param>
public readonly record struct Frame(FrameType Type, uint Session, uint Channel, byte Stream, ReadOnlyMemory<byte> Payload);
