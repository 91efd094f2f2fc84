using System.Collections.Immutable;
using Berth.Core.Devices.Proxies;
using Berth.Core.Events;
using Berth.Core.Instances.Templates;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Instances;

/// <summary>Starts and stops instances, and follows those that end by themselves. Each call holds its instance and no other.</summary>
public sealed partial class InstanceLifecycle(
    InstanceRegistry registry,
    RunSpecBuilder specs,
    InstanceNics nics,
    ProxyService proxies,
    TemplateApplier templates,
    Profiles.ProfileService profiles,
    IReadOnlyList<IEngine> engines,
    EventHub events,
    TimeProvider time,
    ILogger<InstanceLifecycle> log)
{
    /// <summary>How long a start may take.</summary>
    public static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    /// <summary>How long a guest has to power off where the caller names no deadline (as Incus: 30 s by default of the client, 600 s at most).</summary>
    public static readonly TimeSpan ShutdownDeadline = TimeSpan.FromSeconds(600);

    private static readonly TimeSpan KillDeadline = TimeSpan.FromSeconds(30);

    /// <summary>Context of the event of an instance that did not stop in order.</summary>
    private static readonly ImmutableSortedDictionary<string, string> Crashed =
        ImmutableSortedDictionary<string, string>.Empty.Add("reason", "crashed");

    /// <summary>Ephemeral instances that are being restarted; guarded by itself.</summary>
    private readonly HashSet<Instance> _kept = [];

    /// <summary>Removes an ephemeral instance that has stopped.</summary>
    internal Func<Instance, Task>? EphemeralStopped { get; set; }

    /// <summary>Called before an instance starts, while it is held.</summary>
    internal Func<Instance, CancellationToken, Task>? Starting { get; set; }

    public IEngine Engine(InstanceKind kind) =>
        engines.FirstOrDefault(e => e.Kind == kind)
        ?? throw BerthException.Unsupported($"This host cannot run {(kind == InstanceKind.Container ? "containers" : "virtual machines")}");

    public async Task StartAsync(Instance instance, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("start", cancel);
        if (instance.Running is not null)
        {
            throw BerthException.BadRequest($"The instance {instance.Id} is already running");
        }

        RefuseProtected(instance);
        _restarts.Forget(instance);
        await StartHeldAsync(instance, cancel);
    }

    /// <summary>Asks the guest to power off and waits for it. <paramref name="timeout"/> null takes the default.</summary>
    /// <exception cref="BerthException">Timeout: it still runs then.</exception>
    public async Task ShutdownAsync(Instance instance, TimeSpan? timeout, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("stop", cancel);
        await ShutdownHeldAsync(instance, timeout, cancel);
        events.Lifecycle("instance-shutdown", instance.Id.Project, PathOf(instance), instance.Id.Name);
    }

    /// <summary>Ends it at once, even while a graceful stop waits or the guest hangs.</summary>
    public async Task KillAsync(Instance instance, CancellationToken cancel)
    {
        using var hold = instance.Action == "stop" ? null : await instance.HoldAsync("stop", cancel);
        await KillHeldAsync(instance, cancel);
    }

    public async Task RestartAsync(Instance instance, TimeSpan? timeout, bool force, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("restart", cancel);
        if (force)
        {
            await KillHeldAsync(instance, cancel, keep: true);
        }
        else
        {
            await ShutdownHeldAsync(instance, timeout, cancel, keep: true);
        }

        await StartHeldAsync(instance, cancel);
        events.Lifecycle("instance-restarted", instance.Id.Project, PathOf(instance), instance.Id.Name);
    }

    public async Task FreezeAsync(Instance instance, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("freeze", cancel);
        var running = instance.RequireRunning();
        if (running.Frozen)
        {
            throw BerthException.BadRequest($"The instance {instance.Id} is already frozen");
        }

        await running.FreezeAsync(cancel);
        events.Lifecycle("instance-paused", instance.Id.Project, PathOf(instance), instance.Id.Name);
    }

    public async Task ThawAsync(Instance instance, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("unfreeze", cancel);
        var running = instance.RequireRunning();
        if (!running.Frozen)
        {
            throw BerthException.BadRequest($"The instance {instance.Id} is not frozen");
        }

        await running.ThawAsync(cancel);
        events.Lifecycle("instance-resumed", instance.Id.Project, PathOf(instance), instance.Id.Name);
    }

    /// <summary>Takes over an instance that an earlier daemon started; false when it does not run.</summary>
    internal async Task<bool> AdoptAsync(Instance instance, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("adopt", cancel);
        var spec = await specs.BuildAsync(instance.Record, cancel);
        if (await Engine(instance.Record.Kind).AdoptAsync(spec, cancel) is not { } running)
        {
            await proxies.ForgetAsync(instance.Id, spec.Devices, cancel);
            await nics.ReleaseAsync(spec.Nics, cancel);
            return false;
        }

        await proxies.AdoptAsync(instance.Id, running, spec.Devices, spec.Nics, cancel);
        Follow(instance, spec, running);
        return true;
    }

    internal async Task KillHeldAsync(Instance instance, CancellationToken cancel, bool keep = false)
    {
        var running = instance.RequireRunning();
        instance.EndAskedBy = Requestor.Current;
        KeepEphemeral(instance, keep);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(KillDeadline);
        try
        {
            // The kernel takes its time over a link: beside the end of the processes, not after it.
            await Task.WhenAll(running.KillAsync(deadline.Token), nics.ReleaseAsync(instance.Nics, deadline.Token));
            await instance.Stopped.WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new BerthException(ErrorKind.Timeout, $"The instance {instance.Id} did not end within {KillDeadline.TotalSeconds:0} s of being killed");
        }
    }

    private async Task ShutdownHeldAsync(Instance instance, TimeSpan? timeout, CancellationToken cancel, bool keep = false)
    {
        var running = instance.RequireRunning();
        if (running.Frozen)
        {
            throw BerthException.Conflict($"The instance {instance.Id} is frozen and cannot shut down; resume it first, or stop it with --force");
        }

        instance.EndAskedBy = Requestor.Current;
        KeepEphemeral(instance, keep);
        var patience = timeout ?? ShutdownDeadline;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(patience);
        try
        {
            await running.ShutdownAsync(deadline.Token);
            await instance.Stopped.WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            KeepEphemeral(instance, keep: false);
            throw new BerthException(
                ErrorKind.Timeout, $"The instance {instance.Id} did not shut down within {patience.TotalSeconds:0} s; it still runs. Force it with: berth stop {instance.Id.Name} --force");
        }
    }

    /// <summary>An ephemeral instance survives the stop inside a restart.</summary>
    private void KeepEphemeral(Instance instance, bool keep)
    {
        lock (_kept)
        {
            _ = keep ? _kept.Add(instance) : _kept.Remove(instance);
        }
    }

    internal async Task StartHeldAsync(Instance instance, CancellationToken cancel)
    {
        if (Starting is { } starting)
        {
            await starting(instance, cancel);
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(StartDeadline);
        var record = NotReady(await nics.CompleteAsync(instance.Record, deadline.Token));
        registry.Write(instance, record with { Phase = InstancePhase.Starting });
        ImmutableArray<Networks.NicSpec> attached = [];
        try
        {
            var spec = await specs.BuildAsync(record, deadline.Token);
            RunSpecBuilder.MakeDirectories(spec);
            record = await templates.ApplyAsync(record, () => Engine(record.Kind).OpenStoppedFilesAsync(spec, deadline.Token), deadline.Token);
            attached = spec.Nics;
            await nics.AttachAsync(record, spec.Nics, deadline.Token);
            var running = await Engine(record.Kind).StartAsync(spec, deadline.Token);
            await CompleteAsync(spec, running, deadline.Token);
            registry.Write(instance, Started(record) with { Phase = InstancePhase.Ready, WasRunning = true, LastUsedAt = time.GetUtcNow() });
            Follow(instance, spec, running);
            events.Lifecycle("instance-started", instance.Id.Project, PathOf(instance), instance.Id.Name);
        }
        catch (Exception e)
        {
            await nics.ReleaseAsync(attached, CancellationToken.None);
            registry.Write(instance, record with { Phase = InstancePhase.Ready, WasRunning = false });
            if (e is OperationCanceledException && !cancel.IsCancellationRequested)
            {
                throw new BerthException(ErrorKind.Timeout, $"The instance {instance.Id} did not start within {StartDeadline.TotalSeconds:0} s");
            }

            throw;
        }
    }

    /// <summary>What the daemon itself adds. An instance without a proxy or limit that it is to have has not started.</summary>
    private async Task CompleteAsync(RunSpec spec, IRunningInstance running, CancellationToken cancel)
    {
        try
        {
            await InstanceNics.LimitAsync(spec.Nics, cancel);
            await proxies.StartAsync(spec.Id, running, spec.Devices, spec.Nics, cancel);
        }
        catch
        {
            using var deadline = new CancellationTokenSource(KillDeadline);
            await running.KillAsync(deadline.Token);
            await running.DisposeAsync();
            throw;
        }
    }

    /// <summary>A container that has rebooted has new namespaces, and new interfaces on the host.</summary>
    private async Task FollowRebootAsync(Instance instance, IRunningInstance running)
    {
        try
        {
            await proxies.FollowRebootAsync(instance.Id, running, instance.Plugged.Values);
            await InstanceNics.LimitAsync(instance.Nics, CancellationToken.None);
        }
        catch (BerthException e)
        {
            LogRebootFailed(e, instance.Id);
        }
    }

    private void Follow(Instance instance, RunSpec spec, IRunningInstance running)
    {
        running.Rebooted += () =>
        {
            // Whoever started it has not asked for this.
            Requestor.Current = null;
            events.Lifecycle("instance-restarted", instance.Id.Project, PathOf(instance), instance.Id.Name);
            _ = FollowRebootAsync(instance, running);
        };
        instance.Ran(running, spec);
        using (ExecutionContext.SuppressFlow())
        {
            // Whoever started it has not asked for its end.
            _ = Task.Run(() => FollowAsync(instance, running));
        }
    }

    /// <summary>Waits for the end of an instance, whoever brought it about, and writes it down.</summary>
    private async Task FollowAsync(Instance instance, IRunningInstance running)
    {
        try
        {
            var reason = await running.Exited;
            var unasked = EndedUnasked(instance);
            Requestor.Current = unasked ? null : instance.EndAskedBy;
            LogEnded(instance.Id, reason);
            await proxies.StopAsync(instance.Id);
            await nics.ReleaseAsync(instance.Nics, CancellationToken.None);
            registry.Write(instance, NotReady(instance.Record) with { WasRunning = reason == StopReason.Reboot || _hostStops });
            instance.Ceased();
            instance.EndWritten();
            await running.DisposeAsync();
            await AfterEndAsync(instance, reason, unasked);
        }
        catch (Exception e)
        {
            LogFollowFailed(e, instance.Id);
            instance.Ceased();
            instance.EndWritten();
        }
    }

    private async Task AfterEndAsync(Instance instance, StopReason reason, bool unasked)
    {
        bool kept;
        lock (_kept)
        {
            kept = _kept.Remove(instance);
        }

        if (reason == StopReason.Reboot)
        {
            await StartAsync(instance, CancellationToken.None);
            return;
        }

        events.Lifecycle(
            "instance-stopped", instance.Id.Project, PathOf(instance), instance.Id.Name,
            reason switch
            {
                StopReason.Crashed => Crashed,
                StopReason.OutOfMemory => Crashed.SetItem("reason", "out of memory"),
                _ => null,
            });
        if (unasked && await TryAutoRestartAsync(instance))
        {
            return;
        }

        if (instance.Record.Ephemeral && !kept && EphemeralStopped is { } remove)
        {
            await remove(instance);
        }
    }

    /// <summary>The instance's path in the API.</summary>
    public static string PathOf(Instance instance) => Projects.ApiPath.In(instance.Id.Project, $"/1.0/instances/{instance.Id.Name}");

    [LoggerMessage(Level = LogLevel.Information, Message = "Instance {Instance} ended: {Reason}")]
    private partial void LogEnded(InstanceId instance, StopReason reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Instance {Instance} rebooted and has not got all its limits and proxies back")]
    private partial void LogRebootFailed(Exception failure, InstanceId instance);

    [LoggerMessage(Level = LogLevel.Error, Message = "The end of instance {Instance} could not be handled")]
    private partial void LogFollowFailed(Exception failure, InstanceId instance);
}
