using System.Collections.Concurrent;
using System.Text.Json;
using Berth.Guest.Framing;
using Berth.Guest.Messages;

namespace Berth.Guest.Sessions;

/// <summary>Answers one request in the guest.</summary>
public delegate Task<GuestResult> GuestHandler(GuestRequest request, GuestChannel channel);

/// <summary>
/// Host and agent, in agreement since one hello. Ends with the connection, with the agent or with the next hello;
/// everything under way then fails with <see cref="IOException"/>.
/// </summary>
public sealed class GuestSession
{
    /// <summary>Bytes that a stream's receiver takes before it has been read: what one slow reader can hold.</summary>
    public const int Window = 256 * 1024;

    /// <summary>Requests under way at once.</summary>
    public const int MaxChannels = 512;

    private readonly ConcurrentDictionary<uint, GuestChannel> _channels = new();
    private readonly FrameWriter _writer;
    private readonly GuestHandler? _handler;
    private readonly Lock _lock = new();
    private uint _lastChannel;
    private Exception? _lost;

    internal GuestSession(uint id, FrameWriter writer, GuestHandler? handler)
    {
        Id = id;
        _writer = writer;
        _handler = handler;
    }

    public uint Id { get; }

    /// <summary>Product version of the agent; set on the host.</summary>
    public string AgentVersion { get; internal set; } = "";

    /// <summary>What the agent knows beyond the first one (<see cref="Messages.Welcome.Features"/>); set on the host.</summary>
    public IReadOnlyCollection<string> Features { get; internal set; } = [];

    internal bool IsHost => _handler is null;

    /// <summary>Opens a channel. The caller disposes it.</summary>
    public async Task<GuestChannel> OpenAsync(GuestRequest request, CancellationToken cancel)
    {
        var payload = JsonSerializer.SerializeToUtf8Bytes(request, GuestJson.Default.GuestRequest);
        if (payload.Length > FrameFormat.MaxPayload)
        {
            throw new GuestException(
                GuestErrorKind.BadRequest, $"The request is {payload.Length} bytes long; a guest takes {FrameFormat.MaxPayload}: shorten it.");
        }
        var channel = Add(Interlocked.Increment(ref _lastChannel));
        try
        {
            await SendAsync(FrameType.Open, channel.Id, 0, payload, cancel);
            return channel;
        }
        catch
        {
            await channel.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes a frame of this session, without waiting; false when the other side breaks the protocol.</summary>
    internal bool Receive(in Frame frame)
    {
        try
        {
            switch (frame.Type)
            {
                case FrameType.Open when !IsHost:
                    return Accept(frame);
                case FrameType.Cancel when !IsHost:
                    if (_channels.TryRemove(frame.Channel, out var cancelled))
                    {
                        cancelled.Abort(new IOException("The host gave the request up."));
                    }
                    return true;
                case FrameType.Done when IsHost:
                    if (_channels.TryRemove(frame.Channel, out var done))
                    {
                        done.Complete(JsonSerializer.Deserialize(frame.Payload.Span, GuestJson.Default.GuestResult) ?? new GuestResult());
                    }
                    return true;
                default:
                    // A channel that has just been given up here may still be spoken of there.
                    return !_channels.TryGetValue(frame.Channel, out var channel) || channel.Receive(frame);
            }
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return false;
        }
    }

    internal void Abort(Exception reason)
    {
        lock (_lock)
        {
            _lost ??= reason;
        }
        foreach (var id in _channels.Keys)
        {
            if (_channels.TryRemove(id, out var channel))
            {
                channel.Abort(reason);
            }
        }
    }

    internal bool Forget(GuestChannel channel) => _channels.TryRemove(channel.Id, out _);

    internal ValueTask SendAsync(FrameType type, uint channel, byte stream, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        var lost = Volatile.Read(ref _lost);
        return lost is null
            ? _writer.WriteAsync(type, Id, channel, stream, payload, cancel)
            : ValueTask.FromException(new IOException(lost.Message, lost));
    }

    internal async ValueTask GrantAsync(uint channel, byte stream, ReadOnlyMemory<byte> payload)
    {
        try
        {
            await SendAsync(FrameType.Credit, channel, stream, payload, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // What was read is good; the next read reports the lost session.
        }
    }

    internal async ValueTask SendQuietlyAsync(FrameType type, uint channel)
    {
        try
        {
            await SendAsync(type, channel, 0, ReadOnlyMemory<byte>.Empty, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // A lost session has ended the request on the other side too.
        }
    }

    private bool Accept(in Frame frame)
    {
        if (_channels.ContainsKey(frame.Channel))
        {
            return false;
        }
        var request = Parse(frame.Payload.Span);
        var channel = Add(frame.Channel);
        var full = _channels.Count > MaxChannels;
        _ = Task.Run(() => AnswerAsync(request, channel, full));
        return true;
    }

    // A newer host may ask for what this agent has never heard of; that is no reason to end what else is under way.
    private static GuestRequest? Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, GuestJson.Default.GuestRequest);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }

    private static GuestResult Failure(GuestErrorKind kind, string message) => new(new GuestError(kind, message));

    private async Task AnswerAsync(GuestRequest? request, GuestChannel channel, bool full)
    {
        GuestResult result;
        try
        {
            result = full ? Failure(GuestErrorKind.Failed, $"The agent already serves {MaxChannels} requests.")
                : request is null ? Failure(GuestErrorKind.Unsupported, "The agent does not know this request: update the agent.")
                : await _handler!(request, channel);
        }
        catch (GuestException e)
        {
            result = Failure(e.Kind, e.Message);
        }
        catch (Exception e)
        {
            result = Failure(GuestErrorKind.Failed, e.Message);
        }
        if (Forget(channel))
        {
            await SendDoneAsync(channel, result);
        }
        await channel.DisposeAsync();
    }

    private async Task SendDoneAsync(GuestChannel channel, GuestResult result)
    {
        try
        {
            var payload = JsonSerializer.SerializeToUtf8Bytes(result, GuestJson.Default.GuestResult);
            await SendAsync(FrameType.Done, channel.Id, 0, payload, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Nobody is left to hear it.
        }
    }

    private GuestChannel Add(uint id)
    {
        var channel = new GuestChannel(this, id, IsHost);
        _channels[id] = channel;
        lock (_lock)
        {
            if (_lost is null)
            {
                return channel;
            }
        }
        _channels.TryRemove(id, out _);
        throw new IOException(_lost.Message, _lost);
    }
}
