using Berth.Guest.Framing;

namespace Berth.Guest.Sessions;

/// <summary>Writes whole frames, one at a time, in turn. A write ends when the stream takes it or is disposed.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage(
    "Reliability", "CA1001", Justification = "Late writers may still hold the semaphore; it owns no handle unless one is asked for.")]
internal sealed class FrameWriter(Stream stream)
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly byte[] _buffer = new byte[FrameFormat.HeaderLength + FrameFormat.MaxPayload];

    /// <summary>Cancelling gives up waiting; a frame that has been begun is still written to its end.</summary>
    public async ValueTask WriteAsync(
        FrameType type, uint session, uint channel, byte streamId, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        var length = FrameFormat.Write(_buffer, type, session, channel, streamId, payload.Span);
        await SendAsync(length).WaitAsync(cancel);
    }

    public async ValueTask WritePreambleAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        _buffer.AsSpan().Clear();
        await SendAsync(FrameFormat.PreambleLength).WaitAsync(cancel);
    }

    private async Task SendAsync(int length)
    {
        try
        {
            await stream.WriteAsync(_buffer.AsMemory(0, length), CancellationToken.None);
            await stream.FlushAsync(CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }
}
