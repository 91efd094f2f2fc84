using System.Runtime.InteropServices;

namespace Berth.Linux.Events;

/// <summary>
/// A stream over a descriptor that can be polled: a pipe, a PTY master, a character device, a unix socket. Sets O_NONBLOCK on it.
/// One reader and one writer may work at the same time. EIO when reading is the end of the stream: a PTY master whose last slave closed.
/// </summary>
public sealed class ReactorStream : Stream
{
    private readonly SafeHandle _fd;
    private readonly FileAccess _access;
    private readonly Reactor _reactor;
    private readonly CancellationTokenSource _closed = new();

    /// <summary>Takes ownership of <paramref name="fd"/>.</summary>
    public ReactorStream(SafeHandle fd, FileAccess access, Reactor? reactor = null)
    {
        _fd = fd;
        _access = access;
        _reactor = reactor ?? Reactor.Shared;
        Fd.SetNonBlocking(fd, true);
    }

    /// <summary>The descriptor; it stays the stream's.</summary>
    public SafeHandle Handle => _fd;

    public override bool CanRead => _access.HasFlag(FileAccess.Read) && !_closed.IsCancellationRequested;

    public override bool CanWrite => _access.HasFlag(FileAccess.Write) && !_closed.IsCancellationRequested;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            if (TryRead(buffer.Span) is { } n)
            {
                return n;
            }

            await WaitAsync(PollEvents.In, cancellationToken);
        }
    }

    /// <summary>Reads what is there now.</summary>
    /// <returns>Bytes read; 0 at the end; null when there is nothing now.</returns>
    public int? TryRead(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_closed.IsCancellationRequested, this);
        try
        {
            return Fd.TryRead(_fd, buffer);
        }
        catch (LinuxException e) when (e.Errno == Errno.EIO)
        {
            return 0;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (!buffer.IsEmpty)
        {
            ObjectDisposedException.ThrowIf(_closed.IsCancellationRequested, this);
            if (Fd.TryWrite(_fd, buffer.Span) is { } n)
            {
                buffer = buffer[n..];
            }
            else
            {
                await WaitAsync(PollEvents.Out, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            if (TryRead(buffer) is { } n)
            {
                return n;
            }

            Fd.WaitBlocking(_fd, (short)PollEvents.In);
        }
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            ObjectDisposedException.ThrowIf(_closed.IsCancellationRequested, this);
            if (Fd.TryWrite(_fd, buffer) is { } n)
            {
                buffer = buffer[n..];
            }
            else
            {
                Fd.WaitBlocking(_fd, (short)PollEvents.Out);
            }
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_closed.IsCancellationRequested)
        {
            _closed.Cancel();
            _fd.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask WaitAsync(PollEvents events, CancellationToken cancellationToken)
    {
        using var linked = cancellationToken.CanBeCanceled
            ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token)
            : null;
        try
        {
            await _reactor.WaitAsync(_fd, events, linked?.Token ?? _closed.Token);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ObjectDisposedException(nameof(ReactorStream));
        }
    }
}
