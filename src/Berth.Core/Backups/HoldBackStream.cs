namespace Berth.Core.Backups;

/// <summary>Passes on all that is written but the last bytes: archives are joined by leaving the end marks of all but the last one out.</summary>
internal sealed class HoldBackStream(Stream output, int count) : Stream
{
    private byte[] _held = [];

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var fromHeld = Math.Min(_held.Length, Math.Max(0, _held.Length + buffer.Length - count));
        await output.WriteAsync(_held.AsMemory(0, fromHeld), cancellationToken);
        var kept = _held[fromHeld..];
        var pass = Math.Max(0, kept.Length + buffer.Length - count);
        await output.WriteAsync(buffer[..pass], cancellationToken);
        _held = [.. kept, .. buffer.Span[pass..]];
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("write to it with WriteAsync");

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
