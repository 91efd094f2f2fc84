using Berth.Core;
using Berth.Core.Instances;
using Berth.Linux;
using Berth.Linux.Cgroups;
using Berth.Linux.Processes;
using Berth.Machines.Acceleration;
using Berth.Machines.Agent;
using Berth.Machines.CommandLine;
using Berth.Machines.Console;
using Berth.Machines.Process;
using Berth.Machines.Qmp;
using Berth.Machines.Sockets;
using Microsoft.Extensions.Logging;

namespace Berth.Machines;

/// <summary>A machine that runs. Its state comes from QMP's events and QEMU's pidfd; nothing is polled.</summary>
public sealed partial class MachineInstance : IRunningInstance
{
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_quitTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_agentPatience = TimeSpan.FromSeconds(5);

    private readonly RunSpec _spec;
    private readonly MachinePaths _paths;
    private readonly Cgroup _cgroup;
    private readonly CgroupCounters _counters;
    private readonly PidFd _pidFd;
    private readonly int _cpus;
    private readonly long _memory;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _disposed = new();
    private readonly TaskCompletionSource<StopReason> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _watching;
    private QmpClient? _qmp;
    private AgentClient? _agent;
    private Guest.Sessions.GuestSession? _served;
    private MachineConsole? _console;
    private volatile bool _frozen;
    private volatile bool _shutDown;

    internal MachineInstance(
        RunSpec spec, MachinePaths paths, Cgroup cgroup, PidFd pidFd, Accelerator accelerator, int cpus, long memory, ILogger logger)
    {
        _spec = spec;
        _paths = paths;
        _cgroup = cgroup;
        _counters = new(cgroup, cgroup);
        _pidFd = pidFd;
        _cpus = cpus;
        _memory = memory;
        _logger = logger;
        _nics = [.. spec.Nics];
        Chosen = accelerator;
        Pid = pidFd.Pid;
        _watching = WatchAsync();
    }

    /// <inheritdoc/>
    public int Pid { get; }

    /// <summary>KVM or TCG, and why.</summary>
    public Accelerator Chosen { get; }

    /// <summary>Connects to the guest API in the name of a machine; null: machines do not get it.</summary>
    internal Func<InstanceId, CancellationToken, Task<Stream>>? GuestApi { get; init; }

    /// <inheritdoc/>
    public event Action? Rebooted;

    /// <inheritdoc/>
    public string Accelerator => $"{Chosen.Name} ({Chosen.Reason})";

    /// <summary>Whether the agent answers.</summary>
    public bool AgentReady => _agent?.Ready ?? false;

    /// <summary>Called when the agent comes and goes.</summary>
    public event Action<bool>? AgentReadyChanged;

    /// <inheritdoc/>
    public Task<StopReason> Exited => _exited.Task;

    /// <inheritdoc/>
    public bool Frozen => _frozen;

    /// <inheritdoc/>
    public IInstanceFiles Files => new AgentFiles(Agent);

    private QmpClient Qmp => _qmp ?? throw NotRunning();

    private AgentClient Agent => _agent ?? throw NotRunning();

    /// <summary>Waits for the agent to answer, as after a start.</summary>
    /// <exception cref="BerthException">Conflict: not within <paramref name="patience"/>.</exception>
    public Task WaitForAgentAsync(TimeSpan patience, CancellationToken cancel) => Agent.SessionAsync(patience, cancel);

    /// <inheritdoc/>
    public async Task<IExecProcess> ExecAsync(ExecSpec spec, CancellationToken cancel)
    {
        var environment = _spec.Environment.SetItems(spec.Environment);
        return await AgentExec.StartAsync(Agent, spec with { Environment = environment }, s_agentPatience, cancel);
    }

    /// <inheritdoc/>
    public Task<IConsole> OpenConsoleAsync(CancellationToken cancel) => Task.FromResult((_console ?? throw NotRunning()).Attach());

    /// <inheritdoc/>
    public Task<byte[]> ReadConsoleLogAsync(CancellationToken cancel) => ConsoleLogFile.ReadAsync(_paths.Logs, cancel);

    /// <summary>Lets go of the machine; it runs on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_disposed.IsCancellationRequested)
        {
            await _disposed.CancelAsync();
            await _watching;
            await DisconnectAsync();
            _counters.Dispose();
            _pidFd.Dispose();
        }
    }

    /// <summary>Connects the three sockets. They listen since before QEMU was started, so nothing has to be tried twice.</summary>
    internal async Task ConnectAsync(CancellationToken cancel)
    {
        var stream = await UnixSockets.ConnectAsync(_paths.QmpSocket, cancel);
        _qmp = await QmpClient.ConnectAsync(stream, OnEvent, s_connectTimeout, cancel);
        _frozen = await IsPausedAsync(cancel);
        _console = await MachineConsole.ConnectAsync(_paths.ConsoleSocket, new ConsoleLog(_paths.ConsoleLog), cancel);
        _agent = await AgentClient.ConnectAsync(_paths.AgentSocket, OnAgent, cancel);
        _ = ServeGuestApiAsync();
    }

    internal Task ContinueAsync(CancellationToken cancel) => Qmp.ExecuteAsync("cont", cancel);

    internal async Task<bool> WasNeverContinuedAsync(CancellationToken cancel) => await StatusAsync(cancel) == "prelaunch";

    private async Task<bool> IsPausedAsync(CancellationToken cancel) => await StatusAsync(cancel) == "paused";

    private async Task<string?> StatusAsync(CancellationToken cancel)
    {
        var status = await Qmp.ExecuteAsync("query-status", cancel);
        return status.TryGetProperty("status", out var text) ? text.GetString() : null;
    }

    private void OnEvent(QmpEvent e)
    {
        LogMessages.QemuEvent(_logger, _spec.Id.ToString(), e.Name);
        OnJobEvent(e);
        switch (e.Name)
        {
            case "SHUTDOWN":
                _shutDown = true;
                break;
            case "RESET":
                _agent?.Reset();
                Rebooted?.Invoke();
                break;
            case "VSERPORT_CHANGE" when e.Text("id") == QemuArguments.AgentPortId:
                _agent?.PortChanged(e.Flag("open"));
                break;
            case "DEVICE_DELETED":
                OnDeviceDeleted(e);
                break;
            case "STOP":
                _frozen = true;
                break;
            case "RESUME":
                _frozen = false;
                break;
        }
    }

    private void OnAgent(bool ready)
    {
        _lastGuest = null;
        LogMessages.AgentState(_logger, _spec.Id.ToString(), ready ? "answers" : "is gone");
        AgentReadyChanged?.Invoke(ready);
        if (ready)
        {
            _ = ServeGuestApiAsync();
        }
    }

    private async Task WatchAsync()
    {
        try
        {
            await _pidFd.WaitAsync(_disposed.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        await DrainEventsAsync();
        var outOfMemory = !_shutDown && RanOutOfMemory();
        await ReleaseAsync();
        LogEnd();
        _exited.TrySetResult(_shutDown ? StopReason.Stopped : outOfMemory ? StopReason.OutOfMemory : StopReason.Crashed);
    }

    private bool RanOutOfMemory()
    {
        try
        {
            return _cgroup.OomKills() > 0;
        }
        catch (LinuxException)
        {
            // Somebody removed the group.
            return false;
        }
    }

    /// <summary>Once for each session, which may have begun before <see cref="_agent"/> was set.</summary>
    private async Task ServeGuestApiAsync()
    {
        if (GuestApi is { } connect && _spec.GuestApiDirectory is not null && _agent?.Session is { } session
            && session.Features.Contains(Guest.Messages.Welcome.GuestApi) && Interlocked.Exchange(ref _served, session) != session)
        {
            await new AgentGuestApi(session, cancel => connect(_spec.Id, cancel)).RunAsync(_disposed.Token);
        }
    }

    // QEMU's last words may still be in the socket.
    private async Task DrainEventsAsync()
    {
        if (_qmp is { } qmp)
        {
            await qmp.Closed.WaitAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReleaseAsync()
    {
        try
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await DisconnectAsync();
            await _cgroup.RemoveAsync(deadline.Token);
            _paths.RemoveSockets();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            LogMessages.Degraded(_logger, _spec.Id.ToString(), "Releasing its cgroup", "the next start tries again", e);
        }
    }

    private async Task DisconnectAsync()
    {
        if (_console is not null)
        {
            await _console.DisposeAsync();
        }
        if (_agent is not null)
        {
            await _agent.DisposeAsync();
        }
        if (_qmp is not null)
        {
            await _qmp.DisposeAsync();
        }
    }

    private void LogEnd()
    {
        if (_shutDown)
        {
            LogMessages.Ended(_logger, _spec.Id.ToString(), "powered off");
        }
        else
        {
            LogMessages.Crashed(_logger, _spec.Id.ToString(), QemuLog.ReadTail(_paths.QemuLog));
        }
    }

    private BerthException NotRunning() => BerthException.Conflict($"Machine {_spec.Id} does not run.");
}
