using System.Buffers;

namespace Berth.Core.Images.Archives;

/// <summary>Buffered reading of a tar stream, with the position for messages and checks.</summary>
internal sealed class TarInput(Stream source) : IDisposable
{
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(256 << 10);
    private int _start;
    private int _end;

    /// <summary>Bytes taken so far.</summary>
    public long Position { get; private set; }

    /// <summary>Reads up to a buffer full.</summary>
    /// <returns>0 at the end of the stream.</returns>
    public async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancel)
    {
        if (_start == _end && await FillAsync(cancel) == 0)
        {
            return 0;
        }

        var n = Math.Min(into.Length, _end - _start);
        _buffer.AsMemory(_start, n).CopyTo(into);
        _start += n;
        Position += n;
        return n;
    }

    /// <summary>Fills the whole buffer.</summary>
    /// <exception cref="InvalidDataException">The stream ends before.</exception>
    public async ValueTask ReadExactlyAsync(Memory<byte> into, CancellationToken cancel)
    {
        while (into.Length > 0)
        {
            var n = await ReadAsync(into, cancel);
            into = n > 0 ? into[n..] : throw Truncated();
        }
    }

    public async ValueTask SkipAsync(long count, CancellationToken cancel)
    {
        while (count > 0)
        {
            if (_start == _end && await FillAsync(cancel) == 0)
            {
                throw Truncated();
            }

            var n = (int)Math.Min(count, _end - _start);
            _start += n;
            Position += n;
            count -= n;
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private InvalidDataException Truncated() => new($"the archive is truncated: it ends at byte {Position}, in the middle of an entry");

    private async ValueTask<int> FillAsync(CancellationToken cancel)
    {
        _start = 0;
        return _end = await source.ReadAsync(_buffer, cancel);
    }
}
