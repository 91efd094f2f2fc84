using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Berth.Core.Operations;

namespace Berth.Core.Events;

/// <summary>Something that happened, for whoever listens on <c>/1.0/events</c>.</summary>
public abstract record BerthEvent(DateTimeOffset At, string Project);

/// <summary>A thing was created, started, changed, …</summary>
/// <param name="Action">As Incus names it, for example <c>instance-started</c>.</param>
/// <param name="Source">API path of the thing.</param>
public sealed record LifecycleEvent(
    DateTimeOffset At, string Project, string Action, string Source, string Name, ImmutableSortedDictionary<string, string> Context)
    : BerthEvent(At, Project)
{
    /// <summary>Null: nobody asked for it.</summary>
    public Requestor? Requestor { get; init; }

    /// <summary>An entry of the context that is a list of words; null where there is none.</summary>
    public (string Name, ImmutableArray<string> Words)? Words { get; init; }
}

/// <summary>An operation changed.</summary>
public sealed record OperationEvent(DateTimeOffset At, string Project, OperationView Operation) : BerthEvent(At, Project);

/// <summary>A line of the daemon's log.</summary>
public sealed record LoggingEvent(DateTimeOffset At, string Level, string Message, ImmutableSortedDictionary<string, string> Context)
    : BerthEvent(At, "");

/// <summary>Hands events to listeners. A listener that does not keep up loses the oldest; nobody waits for it.</summary>
public sealed class EventHub(TimeProvider time)
{
    private const int Backlog = 1024;
    private readonly ConcurrentDictionary<ChannelWriter<BerthEvent>, bool> _listeners = new();

    /// <summary>Nobody listens: senders need not build an event.</summary>
    public bool IsIdle => _listeners.IsEmpty;

    public void Send(BerthEvent happened)
    {
        foreach (var listener in _listeners.Keys)
        {
            listener.TryWrite(happened);
        }
    }

    public void Lifecycle(
        string action, string project, string source, string name, ImmutableSortedDictionary<string, string>? context = null,
        (string Name, ImmutableArray<string> Words)? words = null)
    {
        if (!IsIdle)
        {
            Send(new LifecycleEvent(time.GetUtcNow(), project, action, source, name, context ?? ImmutableSortedDictionary<string, string>.Empty)
            {
                Requestor = Requestor.Current,
                Words = words,
            });
        }
    }

    /// <summary>Starts listening at once; dispose the subscription to end it.</summary>
    public EventSubscription Subscribe()
    {
        var channel = Channel.CreateBounded<BerthEvent>(new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        _listeners[channel.Writer] = true;
        return new(channel.Reader, () =>
        {
            _listeners.TryRemove(channel.Writer, out _);
            channel.Writer.TryComplete();
        });
    }
}

/// <summary>A listener's queue.</summary>
public sealed class EventSubscription(ChannelReader<BerthEvent> reader, Action end) : IDisposable
{
    public ChannelReader<BerthEvent> Reader { get; } = reader;

    public void Dispose() => end();
}
