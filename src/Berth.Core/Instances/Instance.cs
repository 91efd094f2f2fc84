using System.Collections.Immutable;
using Berth.Core.Devices;
using Berth.Core.Networks;

namespace Berth.Core.Instances;

/// <summary>Status with the API's codes.</summary>
public enum InstanceStatus
{
    Stopped = 102,
    Running = 103,
    Starting = 106,
    Stopping = 107,
    Frozen = 110,
    Error = 112,

    /// <summary>It runs, and has said of itself that it is ready.</summary>
    Ready = 113,
}

/// <summary>
/// The live holder of one instance: its present record, and its running side if it has one. Both are swapped as a whole,
/// so reading takes no lock.
/// </summary>
public sealed class Instance
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile InstanceRecord _record;
    private volatile IRunningInstance? _running;
    private volatile TaskCompletionSource _stopped = Ended();
    private volatile string _action = "";
    private volatile Yielding? _yielding;

    internal Instance(InstanceRecord record) => _record = record;

    /// <summary>All of its snapshots, oldest first, half-made ones too. Swapped as a whole.</summary>
    internal ImmutableArray<Snapshots.SnapshotRecord> Snapshots { get; set; } = [];

    public InstanceRecord Record
    {
        get => _record;
        internal set => _record = value;
    }

    public InstanceId Id => _record.Id;

    public IRunningInstance? Running => _running;

    public InstanceStatus Status => (_action, _running) switch
    {
        ("start", _) => InstanceStatus.Starting,
        ("stop", not null) => InstanceStatus.Stopping,
        (_, null) => InstanceStatus.Stopped,
        (_, { Frozen: true }) => InstanceStatus.Frozen,
        _ when _record.Config.GetValueOrDefault(VolatileKeys.Ready) == "true" => InstanceStatus.Ready,
        _ => InstanceStatus.Running,
    };

    /// <summary>Who had it stopped, while it stops.</summary>
    internal Events.Requestor? EndAskedBy { get; set; }

    /// <summary>Ends when the instance has stopped and its end has been written down.</summary>
    internal Task Stopped => _stopped.Task;

    /// <summary>What holds the instance now (<c>start</c>, <c>stop</c>, …); empty when nothing does.</summary>
    internal string Action => _action;

    /// <exception cref="BerthException">Conflict: it does not run.</exception>
    public IRunningInstance RequireRunning() =>
        _running ?? throw BerthException.Conflict($"The instance {Id} is not running; start it with: berth start {Id.Name}");

    /// <summary>The devices that it runs with.</summary>
    internal ImmutableSortedDictionary<string, DevicePart> Plugged { get; private set; } = ImmutableSortedDictionary<string, DevicePart>.Empty;

    /// <summary>The network cards that it runs with.</summary>
    internal ImmutableArray<NicSpec> Nics => [.. Plugged.Values.OfType<NicSpec>()];

    internal void Ran(IRunningInstance running, RunSpec spec)
    {
        Plugged = spec.Devices.Concat(spec.Nics).ToImmutableSortedDictionary(d => d.Device, d => d, StringComparer.Ordinal);
        _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _running = running;
    }

    internal void PluggedIn(DevicePart part) => Plugged = Plugged.SetItem(part.Device, part);

    internal void TakenOut(string device) => Plugged = Plugged.Remove(device);

    internal void Ceased() => _running = null;

    internal void EndWritten() => _stopped.TrySetResult();

    /// <summary>Holds the instance for one change; a second one waits, and gives up with the reason.</summary>
    /// <param name="yield">Cancelled as soon as somebody wants the instance for something else.</param>
    internal async Task<IDisposable> HoldAsync(string action, CancellationToken cancel, CancellationTokenSource? yield = null)
    {
        Interrupt(action);
        if (!await _gate.WaitAsync(Patience, cancel))
        {
            throw BerthException.Conflict($"The instance {Id} is busy ({_action}); try again when that is done");
        }

        _action = action;
        _yielding = yield is null ? null : new(action, yield);
        return new Hold(this);
    }

    /// <summary>Holds the instance for work in the background, however long others hold it before; whoever wants it next cancels <paramref name="yield"/>.</summary>
    internal async Task<IDisposable> HoldYieldingAsync(string action, CancellationTokenSource yield)
    {
        await _gate.WaitAsync();
        _action = action;
        _yielding = new(action, yield);
        return new Hold(this);
    }

    /// <summary>Ends what gives way to others, unless it is of the same kind.</summary>
    private void Interrupt(string action)
    {
        try
        {
            if (_yielding is { } holder && holder.Action != action)
            {
                holder.Over.Cancel();
            }
        }
        catch (ObjectDisposedException)
        {
            // It was about to let go anyway.
        }
    }

    private static TaskCompletionSource Ended()
    {
        var ended = new TaskCompletionSource();
        ended.SetResult();
        return ended;
    }

    private sealed record Yielding(string Action, CancellationTokenSource Over);

    private sealed class Hold(Instance instance) : IDisposable
    {
        public void Dispose()
        {
            instance._yielding = null;
            instance._action = "";
            instance._gate.Release();
        }
    }
}
