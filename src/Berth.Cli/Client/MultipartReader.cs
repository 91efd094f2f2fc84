using System.Net.Http.Headers;
using System.Text;

namespace Berth.Cli.Client;

/// <summary>One part of a multipart answer. Its body ends where the part does.</summary>
internal sealed record MultipartPart(string Name, string FileName, Stream Body);

/// <summary>Takes a multipart/form-data answer apart as it arrives (RFC 7578, RFC 2046).</summary>
internal sealed class MultipartReader(Stream stream, string boundary) : IDisposable
{
    private const int BufferSize = 256 * 1024;
    private readonly byte[] _delimiter = Encoding.ASCII.GetBytes("\r\n--" + boundary);
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;
    private bool _ended;
    private PartStream? _current;

    /// <summary>The next part, or null after the last. What is left of the part before is skipped.</summary>
    public async Task<MultipartPart?> NextAsync(CancellationToken cancellation)
    {
        if (_current is null)
        {
            // The first delimiter has no line end before it.
            _buffer[0] = (byte)'\r';
            _buffer[1] = (byte)'\n';
            _end = 2;
            _current = new PartStream(this);
        }

        await _current.CopyToAsync(Stream.Null, cancellation);
        if (await LineAsync(cancellation) is "--")
        {
            return null;
        }

        string name = "", fileName = "";
        for (var line = await LineAsync(cancellation); line.Length > 0; line = await LineAsync(cancellation))
        {
            if (line.StartsWith("Content-Disposition:", StringComparison.OrdinalIgnoreCase)
                && ContentDispositionHeaderValue.TryParse(line[20..].Trim(), out var disposition))
            {
                (name, fileName) = (disposition.Name?.Trim('"') ?? "", disposition.FileName?.Trim('"') ?? "");
            }
        }

        _current = new PartStream(this);
        return new MultipartPart(name, fileName, _current);
    }

    public void Dispose() => _current?.Dispose();

    private async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancellation)
    {
        while (true)
        {
            var data = _buffer.AsMemory(_start, _end - _start);
            var at = data.Span.IndexOf(_delimiter);
            if (at == 0)
            {
                _start += _delimiter.Length;
                return 0;
            }

            // A delimiter may have begun at the end of what we have: hold that much back.
            var safe = at > 0 ? at : data.Length - _delimiter.Length + 1;
            if (safe > 0)
            {
                var count = Math.Min(safe, target.Length);
                data[..count].CopyTo(target);
                _start += count;
                return count;
            }

            await FillAsync(cancellation);
        }
    }

    private async Task<string> LineAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (at >= 0)
            {
                var line = Encoding.UTF8.GetString(_buffer, _start, at);
                _start += at + 2;
                return line;
            }

            // The closing delimiter needs no line end.
            if (_ended)
            {
                return "--";
            }

            await FillAsync(cancellation, endAllowed: true);
        }
    }

    private async Task FillAsync(CancellationToken cancellation, bool endAllowed = false)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        var count = _end == _buffer.Length ? 0 : await stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
        _ended = count == 0;
        _end += count;
        if (_ended && !endAllowed)
        {
            throw new IOException("the server's answer ended in the middle of a file");
        }
    }

    private sealed class PartStream(MultipartReader reader) : Stream
    {
        private bool _done;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = _done ? 0 : await reader.ReadAsync(buffer, cancellationToken);
            _done |= count == 0;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("parts are read asynchronously");

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
