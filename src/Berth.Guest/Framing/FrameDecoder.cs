namespace Berth.Guest.Framing;

/// <summary>Finds frames in a byte stream of any chunking. Whatever is no sound frame is skipped. Memory is bounded.</summary>
public sealed class FrameDecoder
{
    private readonly byte[] _buffer = new byte[2 * (FrameFormat.HeaderLength + FrameFormat.MaxPayload)];
    private int _start;
    private int _end;

    /// <summary>Bytes that belonged to no sound frame.</summary>
    public long Skipped { get; private set; }

    /// <summary>Room for the next read; never empty after <see cref="TryRead"/> returned false.</summary>
    public Memory<byte> WriteBuffer()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        return _buffer.AsMemory(_end);
    }

    /// <summary>Tells how many bytes were put into <see cref="WriteBuffer"/>.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _end);
        _end += count;
    }

    /// <summary>Forgets a half frame: the connection that sent it is gone.</summary>
    public void Reset()
    {
        Skipped += _end - _start;
        _start = _end = 0;
    }

    /// <summary>Takes the next frame; false when more bytes are needed.</summary>
    public bool TryRead(out Frame frame)
    {
        while (SkipToMagic() && _end - _start >= FrameFormat.HeaderLength)
        {
            var header = _buffer.AsSpan(_start, FrameFormat.HeaderLength);
            var length = FrameFormat.PayloadLength(header);
            if (length < 0)
            {
                Skip(1);
                continue;
            }
            if (_end - _start < FrameFormat.HeaderLength + length)
            {
                break;
            }
            var payload = _buffer.AsMemory(_start + FrameFormat.HeaderLength, length);
            if (!FrameFormat.PayloadIsSound(header, payload.Span))
            {
                // The frame was cut off: a sound one may begin inside what looked like its payload.
                Skip(1);
                continue;
            }
            frame = FrameFormat.Parse(header, payload);
            _start += FrameFormat.HeaderLength + length;
            return true;
        }
        frame = default;
        return false;
    }

    private bool SkipToMagic()
    {
        var offset = _buffer.AsSpan(_start, _end - _start).IndexOf(FrameFormat.FirstByte);
        Skip(offset < 0 ? _end - _start : offset);
        return offset >= 0;
    }

    private void Skip(int count)
    {
        _start += count;
        Skipped += count;
    }
}
