using Berth.Containers.Devices;
using Berth.Core;
using Berth.Core.Devices;
using Berth.Core.Instances;
using Berth.Core.Resources;
using Berth.Linux;
using Berth.Linux.Cgroups;
using Berth.Linux.Processes;
using Microsoft.Extensions.Logging;

namespace Berth.Containers.Running;

/// <summary>A container that runs. It belongs to its liblxc monitor, not to this daemon: disposing lets go of it without touching it.</summary>
internal sealed partial class RunningContainer : IRunningInstance
{
    /// <summary>How often a rebooting container, or an init that has no signal handler yet, is looked at: neither gives an event.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>How long the monitor may take to clean up behind an init that was killed, before it is killed too.</summary>
    private static readonly TimeSpan MonitorPatience = TimeSpan.FromSeconds(3);

    private readonly RunSpec _spec;
    private readonly ContainerPaths _paths;
    private readonly Cgroup _cgroup;
    private readonly ContainerLimits _limits;
    private readonly ContainerDevices _devices;
    private readonly LxcProgram _program;
    private readonly PidFd _monitor;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _letGo = new();
    private readonly ContainerConsoles _consoles;
    private readonly ContainerNetwork _network;
    private readonly CgroupCounters _counters;
    private volatile PidFd _init;
    private volatile bool _frozen;
    private volatile bool _killed;
    private volatile bool _asked;
    private int? _oomPriority;

    public RunningContainer(
        RunSpec spec, ContainerPaths paths, Cgroup cgroup, ContainerLimits limits, ContainerDevices devices, LxcProgram program, PidFd monitor, PidFd init, ILogger log)
    {
        _spec = spec;
        _paths = paths;
        _cgroup = cgroup;
        _limits = limits;
        _devices = devices;
        _program = program;
        _monitor = monitor;
        _init = init;
        _log = log;
        _frozen = Payload.IsFrozen;
        _oomPriority = spec.Limits.OomPriority;
        _consoles = new(paths, program);
        Namespaces = new ContainerNamespaces(spec.Id, spec.Root!.IdBase, paths, () => _init);
        _network = new(spec.Id, () => devices.Nics);
        _counters = new(cgroup, Payload);
        Exited = FollowAsync();
    }

    public int Pid => _init.Pid;

    public Task<StopReason> Exited { get; }

    public bool Frozen => _frozen;

    public event Action? Rebooted;

    public string Accelerator => "";

    public IInstanceFiles Files => new RunningRoot(() => InitRoot.Open(_init, _spec.Id), _spec.Root!.IdBase, _init.WaitAsync);

    private Cgroup Payload => _cgroup.Child(ContainerPaths.PayloadCgroup);

    /// <summary>Asks init to power off, in the way that this init understands. An init that is not ready yet is asked when it is.</summary>
    public async Task ShutdownAsync(CancellationToken cancel)
    {
        _asked = true;
        while (!Exited.IsCompleted)
        {
            var init = _init;
            var signal = InitSignals.PowerOff(init.Pid);
            if (InitSignals.Handles(init.Pid, signal))
            {
                init.Send(signal);
                return;
            }

            await Task.WhenAny(Exited, Task.Delay(LookAgain, cancel));
            cancel.ThrowIfCancellationRequested();
        }
    }

    public async Task KillAsync(CancellationToken cancel)
    {
        _killed = true;
        TryHoldLentLinks();

        // What it does behind init, its follower does faster; only AppArmor's profile is nobody's but the monitor's.
        if (!HostFeatures.HasAppArmor)
        {
            _monitor.Send(Signal.SIGKILL);
        }

        _init.Send(Signal.SIGKILL);

        // v1's freezer keeps even SIGKILL waiting.
        if (Payload.IsFrozen)
        {
            await Payload.KillAsync(cancel);
        }

        if (await Task.WhenAny(Exited, Task.Delay(MonitorPatience, cancel)) != Exited)
        {
            cancel.ThrowIfCancellationRequested();
            LogMonitorHangs(_spec.Id);
            await _cgroup.KillAsync(cancel);
            _monitor.Send(Signal.SIGKILL);
        }

        await Exited.WaitAsync(cancel);
    }

    public async Task FreezeAsync(CancellationToken cancel)
    {
        await Payload.FreezeAsync(cancel);
        _frozen = true;
    }

    public async Task ThawAsync(CancellationToken cancel)
    {
        await Payload.ThawAsync(cancel);
        _frozen = false;
    }

    public async Task<IExecProcess> ExecAsync(ExecSpec spec, CancellationToken cancel) => _frozen

        // It would wait in there, and run when nobody expects it any more.
        ? throw BerthException.Conflict($"The container {_spec.Id} is frozen; resume it to run a command in it")
        : await ContainerExec.StartAsync(_program, _paths, _cgroup, _spec, spec, _init, cancel);

    public Task<IConsole> OpenConsoleAsync(CancellationToken cancel) => _consoles.OpenAsync(cancel);

    public Task<byte[]> ReadConsoleLogAsync(CancellationToken cancel) => ConsoleLogFile.ReadAsync(_paths.LogDirectory, cancel);

    public InstanceFigures GetFigures() => InstanceFigures.Of(_cgroup);

    public Task<InstanceUsage> GetUsageAsync(CancellationToken cancel) => ContainerUsage.ReadAsync(_counters, _network, _init, cancel);

    public IInstanceNamespaces Namespaces { get; }

    public Task AttachAsync(DevicePart part, CancellationToken cancel) => _devices.AttachAsync(part, _init, cancel);

    public Task DetachAsync(DevicePart part, CancellationToken cancel) => _devices.DetachAsync(part, _init, cancel);

    public Task UpdateAsync(DevicePart part, CancellationToken cancel)
    {
        _devices.Update(part);
        return Task.CompletedTask;
    }

    public Task ApplyLimitsAsync(Limits limits, CancellationToken cancel)
    {
        _limits.Apply(limits);
        if (limits.OomPriority != _oomPriority)
        {
            SetOomScore(limits.OomPriority ?? 0);
            _oomPriority = limits.OomPriority;
        }

        return Task.CompletedTask;
    }

    private void SetOomScore(int priority)
    {
        try
        {
            OomScore.Apply(Payload, priority);
        }
        catch (LinuxException e)
        {
            throw BerthException.Conflict($"The kernel refuses limits.memory.oom_priority {priority} for {_spec.Id}: {e.Message}");
        }
    }

    /// <summary>Makes sure that what the container has of the host's interfaces is found after its end.</summary>
    public void HoldLentLinks() => LentLinks.Hold(_paths, _spec.Id, _init);

    private void TryHoldLentLinks()
    {
        try
        {
            HoldLentLinks();
        }
        catch (Exception e) when (e is LinuxException or BerthException or IOException)
        {
            // It ends just now: hardware comes back by itself, and is found by its number.
            LogDevices(e, _spec.Id);
        }
    }

    public ValueTask DisposeAsync()
    {
        _letGo.Cancel();
        _network.Close();
        _counters.Dispose();
        _limits.Dispose();
        _init.Dispose();
        _monitor.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Waits for the monitor's end. When init ends and the monitor does not, the container reboots: its new init is followed.</summary>
    private async Task<StopReason> FollowAsync()
    {
        var ended = _monitor.WaitAsync(_letGo.Token);
        while (!ended.IsCompleted)
        {
            await Task.WhenAny(ended, _init.WaitAsync(_letGo.Token));
            _network.Close();
            while (!ended.IsCompleted && _init.HasExited)
            {
                await Task.WhenAny(ended, Task.Delay(LookAgain, _letGo.Token));
                FollowNewInit();
            }
        }

        await ended;
        var reason = ContainerEnd.Reason(_init, _cgroup, _killed, _asked);
        await ReleaseAsync();
        return reason;
    }

    /// <summary>What cannot be released now is released by the next start: that it has ended is true all the same.</summary>
    private async Task ReleaseAsync()
    {
        try
        {
            await Leftovers.ReleaseAsync(_paths, _cgroup);
        }
        catch (Exception e) when (e is LinuxException or IOException or OperationCanceledException)
        {
            LogNotReleased(e, _spec.Id);
        }
    }

    private void FollowNewInit()
    {
        if (InitFinder.Find(_monitor) is not { } init)
        {
            return;
        }

        var old = _init;
        _init = init;
        old.Dispose();
        LogRebooted(_spec.Id);
        if (_killed)
        {
            init.Send(Signal.SIGKILL);
            return;
        }

        TryHoldLentLinks();
        _ = FollowDevicesAsync(init);
        Rebooted?.Invoke();
    }

    private async Task FollowDevicesAsync(PidFd init)
    {
        try
        {
            await _devices.FollowRebootAsync(init, _letGo.Token);
        }
        catch (Exception e) when (e is LinuxException or BerthException or IOException or OperationCanceledException)
        {
            LogDevices(e, _spec.Id);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Devices of container {Instance} could not follow its reboot")]
    private partial void LogDevices(Exception error, InstanceId instance);

    [LoggerMessage(Level = LogLevel.Information, Message = "Container {Instance} rebooted")]
    private partial void LogRebooted(InstanceId instance);

    [LoggerMessage(Level = LogLevel.Error, Message = "Something of container {Instance} is left on the host")]
    private partial void LogNotReleased(Exception error, InstanceId instance);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The monitor of container {Instance} hangs; killing it")]
    private partial void LogMonitorHangs(InstanceId instance);
}
