using System.Buffers.Binary;
using System.Text.Json;
using System.Threading.Channels;
using Berth.Guest.Framing;
using Berth.Guest.Messages;

namespace Berth.Guest.Sessions;

/// <summary>One request under way, with its streams. Disposing it on the host cancels what is not done yet.</summary>
public sealed class GuestChannel : IAsyncDisposable
{
    private const int MaxPendingControls = 256;

    private readonly GuestSession _session;
    private readonly ChannelInput?[] _inputs = new ChannelInput?[3];
    private readonly ChannelOutput?[] _outputs = new ChannelOutput?[3];
    private readonly Channel<GuestControl> _controls = Channel.CreateBounded<GuestControl>(MaxPendingControls);
    private readonly TaskCompletionSource<GuestResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancelled = new();

    internal GuestChannel(GuestSession session, uint id, bool host)
    {
        _session = session;
        Id = id;
        for (byte stream = 0; stream < 3; stream++)
        {
            var towardsGuest = stream == 0;
            if (towardsGuest == host)
            {
                _outputs[stream] = new ChannelOutput(this, stream);
            }
            else
            {
                _inputs[stream] = NewInput(stream);
            }
        }
    }

    public uint Id { get; }

    /// <summary>Completes when the guest has ended the request; fails with <see cref="IOException"/> when the session is lost.</summary>
    public Task<GuestResult> Done => _done.Task;

    /// <summary>Fires when nobody waits for the request any more.</summary>
    public CancellationToken Cancelled => _cancelled.Token;

    /// <summary>What the other side says about the request; completed with it.</summary>
    public ChannelReader<GuestControl> Controls => _controls.Reader;

    /// <summary>Stream that this side reads.</summary>
    public Stream Input(byte stream) => _inputs[stream] ?? throw new ArgumentOutOfRangeException(nameof(stream));

    /// <summary>Stream that this side writes; disposing it sends end of file.</summary>
    public Stream Output(byte stream) => _outputs[stream] ?? throw new ArgumentOutOfRangeException(nameof(stream));

    public ValueTask SendControlAsync(GuestControl control, CancellationToken cancel) =>
        SendAsync(FrameType.Control, 0, JsonSerializer.SerializeToUtf8Bytes(control, GuestJson.Default.GuestControl), cancel);

    public async ValueTask DisposeAsync()
    {
        if (_session.Forget(this) && _session.IsHost && !_done.Task.IsCompleted)
        {
            await _session.SendQuietlyAsync(FrameType.Cancel, Id);
        }
        End(new IOException("The request was given up."));
    }

    internal ValueTask SendAsync(FrameType type, byte stream, ReadOnlyMemory<byte> payload, CancellationToken cancel) =>
        _session.SendAsync(type, Id, stream, payload, cancel);

    /// <summary>Takes a frame; false when the other side breaks the protocol.</summary>
    internal bool Receive(in Frame frame)
    {
        if (frame.Type is FrameType.Data or FrameType.Eof or FrameType.Credit && frame.Stream > 2)
        {
            return false;
        }
        switch (frame.Type)
        {
            case FrameType.Data:
                return _inputs[frame.Stream]?.Receive(frame.Payload.Span) ?? false;
            case FrameType.Eof:
                _inputs[frame.Stream]?.Complete(null);
                return _inputs[frame.Stream] is not null;
            case FrameType.Credit:
                return ReceiveCredit(frame);
            case FrameType.Control:
                return JsonSerializer.Deserialize(frame.Payload.Span, GuestJson.Default.GuestControl) is { } control
                    && _controls.Writer.TryWrite(control);
            default:
                return false;
        }
    }

    internal void Complete(GuestResult result)
    {
        _done.TrySetResult(result);
        End(new IOException(result.Error?.Message ?? "The request is done."), result.Error is null ? null : new GuestException(
            result.Error.Kind, result.Error.Message));
    }

    internal void Abort(Exception reason)
    {
        _done.TrySetException(reason);
        _ = _done.Task.Exception; // Observed here: not every request's end is awaited.
        End(reason, reason);
    }

    private void End(Exception outputs, Exception? inputs = null)
    {
        _done.TrySetCanceled();
        foreach (var input in _inputs)
        {
            input?.Complete(inputs);
        }
        foreach (var output in _outputs)
        {
            output?.Abort(outputs);
        }
        _controls.Writer.TryComplete();
        _ = _cancelled.CancelAsync();
    }

    private bool ReceiveCredit(in Frame frame)
    {
        if (frame.Payload.Length != sizeof(uint) || _outputs[frame.Stream] is not { } output)
        {
            return false;
        }
        output.AddCredit(BinaryPrimitives.ReadUInt32LittleEndian(frame.Payload.Span));
        return true;
    }

    private ChannelInput NewInput(byte stream) => new(count =>
    {
        var payload = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(payload, (uint)count);
        // A session that has just been lost says so in the next read.
        return _cancelled.IsCancellationRequested ? ValueTask.CompletedTask : _session.GrantAsync(Id, stream, payload);
    });
}
