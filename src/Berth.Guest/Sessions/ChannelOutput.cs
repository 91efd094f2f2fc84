using Berth.Guest.Framing;

namespace Berth.Guest.Sessions;

/// <summary>The sending end of a channel's stream: waits while the receiver has granted nothing. One writer at a time.</summary>
internal sealed class ChannelOutput(GuestChannel channel, byte id) : AsyncStream
{
    private readonly Lock _lock = new();
    private int _credit = GuestSession.Window;
    private TaskCompletionSource? _waiter;
    private Exception? _aborted;
    private bool _completed;

    public override bool CanWrite => true;

    internal void AddCredit(uint count)
    {
        lock (_lock)
        {
            // A receiver that grants absurd amounts gets no more than an int's worth; it only cheats itself.
            _credit = (int)Math.Min(int.MaxValue, (long)_credit + count);
            _waiter?.TrySetResult();
        }
    }

    internal void Abort(Exception reason)
    {
        lock (_lock)
        {
            _aborted ??= reason;
            _waiter?.TrySetResult();
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        while (!buffer.IsEmpty)
        {
            var count = await TakeCreditAsync(Math.Min(buffer.Length, FrameFormat.MaxPayload), cancellationToken);
            await channel.SendAsync(FrameType.Data, id, buffer[..count], cancellationToken);
            buffer = buffer[count..];
        }
    }

    /// <summary>Sends end of file, once.</summary>
    public async ValueTask CompleteAsync(CancellationToken cancel)
    {
        if (!_completed)
        {
            _completed = true;
            if (_aborted is null)
            {
                await channel.SendAsync(FrameType.Eof, id, ReadOnlyMemory<byte>.Empty, cancel);
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await CompleteQuietlyAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _ = CompleteQuietlyAsync();
        }
        base.Dispose(disposing);
    }

    // The far side sees the lost session by itself; there is nobody left to be told that no end of file could be sent.
    private async Task CompleteQuietlyAsync()
    {
        try
        {
            await CompleteAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
        }
    }

    private async ValueTask<int> TakeCreditAsync(int wanted, CancellationToken cancel)
    {
        while (true)
        {
            Task wait;
            lock (_lock)
            {
                if (_aborted is not null)
                {
                    throw new IOException("The guest takes no more of this stream: " + _aborted.Message, _aborted);
                }
                if (_credit > 0)
                {
                    var count = Math.Min(wanted, _credit);
                    _credit -= count;
                    return count;
                }
                _waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                wait = _waiter.Task;
            }
            await wait.WaitAsync(cancel);
        }
    }
}
