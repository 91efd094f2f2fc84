using System.IO.Pipelines;

namespace Berth.Guest.Sessions;

/// <summary>The receiving end of a channel's stream. Holds at most one window of unread bytes.</summary>
internal sealed class ChannelInput(Func<int, ValueTask> grant) : AsyncStream
{
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0, resumeWriterThreshold: 0, useSynchronizationContext: false));
    private readonly Lock _lock = new();
    private int _credit = GuestSession.Window;
    private int _consumed;
    private bool _completed;
    private bool _disposed;

    public override bool CanRead => true;

    /// <summary>Never waits. False when the sender sent more than it was granted.</summary>
    internal bool Receive(ReadOnlySpan<byte> bytes)
    {
        if (Interlocked.Add(ref _credit, -bytes.Length) < 0)
        {
            return false;
        }
        lock (_lock)
        {
            if (!_completed)
            {
                bytes.CopyTo(_pipe.Writer.GetSpan(bytes.Length));
                _pipe.Writer.Advance(bytes.Length);
                Publish();
            }
        }
        return true;
    }

    internal void Complete(Exception? reason)
    {
        lock (_lock)
        {
            if (!_completed)
            {
                _completed = true;
                _pipe.Writer.Complete(reason);
            }
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (buffer.IsEmpty)
        {
            return 0;
        }
        var result = await _pipe.Reader.ReadAsync(cancellationToken);
        var count = (int)Math.Min(result.Buffer.Length, buffer.Length);
        var taken = result.Buffer.Slice(0, count);
        var offset = 0;
        foreach (var segment in taken)
        {
            segment.Span.CopyTo(buffer.Span[offset..]);
            offset += segment.Length;
        }
        _pipe.Reader.AdvanceTo(taken.End);
        await GrantAsync(count);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            Complete(null);
            _pipe.Reader.Complete();
        }
        base.Dispose(disposing);
    }

    // With no threshold the flush never pends; awaiting it would need an async receive loop for nothing.
    private void Publish()
    {
        var flush = _pipe.Writer.FlushAsync();
        if (!flush.IsCompleted)
        {
            throw new InvalidOperationException("A pipe without threshold made its writer wait.");
        }
        flush.GetAwaiter().GetResult();
    }

    // Granting in quarters keeps the sender busy without a frame for every read.
    private async ValueTask GrantAsync(int count)
    {
        _consumed += count;
        if (_consumed >= GuestSession.Window / 4 && !_completed)
        {
            var granted = _consumed;
            _consumed = 0;
            Interlocked.Add(ref _credit, granted);
            await grant(granted);
        }
    }
}
