using System.Text;

namespace Berth.Core.Images.Archives;

/// <summary>Hands over what is written to it line by line: output of a command that is too long to keep.</summary>
internal sealed class LineStream(Action<string> line) : Stream
{
    private const int MaxLine = 64 << 10;

    private readonly MemoryStream _rest = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.IndexOf((byte)'\n') is >= 0 and var end)
        {
            Keep(buffer[..end]);
            Complete();
            buffer = buffer[(end + 1)..];
        }

        Keep(buffer);
    }

    /// <summary>Hands over the last line, which has no newline.</summary>
    public void Complete()
    {
        if (_rest.Length > 0)
        {
            line(Encoding.UTF8.GetString(_rest.GetBuffer(), 0, (int)_rest.Length));
            _rest.SetLength(0);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Keep(ReadOnlySpan<byte> bytes) => _rest.Write(bytes[..(int)Math.Min(bytes.Length, Math.Max(0, MaxLine - _rest.Length))]);
}
