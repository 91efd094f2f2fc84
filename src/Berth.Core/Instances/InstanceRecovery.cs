using Berth.Core.Profiles;
using Berth.Core.State;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Instances;

/// <summary>
/// What a new daemon does with what it finds: instances that run are taken over, half-made ones undone, half-deleted ones
/// finished, interrupted starts completed; after a host boot, what ran (or asks for it) is started again.
/// </summary>
public sealed partial class InstanceRecovery(
    IStateStore store,
    InstanceRegistry registry,
    InstanceLifecycle lifecycle,
    InstanceCreator creator,
    InstanceRemover remover,
    ProfileService profiles,
    Storage.Volumes.VolumeService volumes,
    Snapshots.SnapshotRegistry snapshots,
    ILogger<InstanceRecovery> log)
{
    private const string BootIdPath = "/proc/sys/kernel/random/boot_id";
    private static readonly TimeSpan AdoptDeadline = TimeSpan.FromSeconds(20);

    /// <summary>How long the API waits for starts that the last daemon did not finish.</summary>
    private static readonly TimeSpan FinishDeadline = TimeSpan.FromSeconds(10);

    /// <summary>Told of each automatic start: why it failed, or null when it did not.</summary>
    public Action<InstanceId, string?>? Autostarted { get; set; }

    /// <summary>
    /// Ends when every running instance is under control again and interrupted starts are finished; what is started because
    /// the host booted goes on in the background.
    /// </summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        registry.Load();
        await volumes.RecoverAsync(cancel);
        snapshots.Load(registry.All);
        var booted = NoteBoot();
        foreach (var instance in registry.All)
        {
            creator.MarkTaken(instance.Record);
        }

        var interrupted = registry.All.Where(i => i.Record.Phase == InstancePhase.Starting).ToHashSet();
        var toStart = (await Task.WhenAll(registry.All.Select(i => RecoverAsync(i, booted, cancel)))).OfType<Instance>().ToList();
        await remover.RemoveOrphansAsync(cancel);
        Task finishing = Task.Run(() => Task.WhenAll(toStart.Where(interrupted.Contains).Select(i => TryStartAsync(i, cancel))), cancel);
        await finishing.WaitAsync(FinishDeadline, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ = Task.Run(() => AutostartAsync([.. toStart.Where(i => !interrupted.Contains(i))], cancel), cancel);
    }

    /// <summary>All instances were stopped with the daemon: the next one starts them as after a boot.</summary>
    public static void ForgetBoot(IStateStore store)
    {
        if (store.Find(Documents.Host, "", "host")?.Value is { } host)
        {
            store.Put(Documents.Host, "", "host", host with { BootId = "" });
        }
    }

    /// <summary>True when the host was booted since a daemon last ran.</summary>
    private bool NoteBoot()
    {
        var now = File.ReadAllText(BootIdPath).Trim();
        var host = store.Find(Documents.Host, "", "host")?.Value ?? new HostRecord("", []);
        if (host.BootId == now)
        {
            return false;
        }

        store.Put(Documents.Host, "", "host", host with { BootId = now });
        return true;
    }

    /// <summary>The instance if it is to be started.</summary>
    private async Task<Instance?> RecoverAsync(Instance instance, bool booted, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(AdoptDeadline);
        try
        {
            switch (instance.Record.Phase)
            {
                case InstancePhase.Creating or InstancePhase.Deleting:
                    await remover.FinishAsync(instance, deadline.Token);
                    return null;
            }

            var interrupted = instance.Record.Phase == InstancePhase.Starting;
            if (await lifecycle.AdoptAsync(instance, deadline.Token))
            {
                registry.Write(instance, instance.Record with { Phase = InstancePhase.Ready, WasRunning = true });
                return null;
            }

            var start = interrupted || (booted && WantsAutostart(instance.Record));

            // A daemon that ends before the start is done leaves it to the next one.
            registry.Write(instance, instance.Record with { Phase = start ? InstancePhase.Starting : InstancePhase.Ready, WasRunning = false });
            if (!start && instance.Record.Ephemeral)
            {
                await remover.FinishAsync(instance, deadline.Token);
            }

            return start ? instance : null;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            LogRecoveryFailed(e, instance.Id);
            return null;
        }
    }

    /// <summary>As Incus: <c>boot.autostart</c> decides; unset, an instance that ran is started again.</summary>
    private bool WantsAutostart(InstanceRecord record) =>
        profiles.Expand(record).Config.TryGetValue("boot.autostart", out var value) && value is not ("" or "last-state")
            ? ConfigCatalogue.IsTrue(value)
            : record.WasRunning;

    private async Task AutostartAsync(IReadOnlyList<Instance> instances, CancellationToken cancel)
    {
        foreach (var instance in instances.OrderByDescending(i => Number(i, "boot.autostart.priority")).ThenBy(i => i.Id.Name, StringComparer.Ordinal))
        {
            if (await TryStartAsync(instance, cancel) && Number(instance, "boot.autostart.delay") is > 0 and var seconds)
            {
                // The pause that the user asked for.
                await Task.Delay(TimeSpan.FromSeconds(seconds), cancel);
            }
        }
    }

    private async Task<bool> TryStartAsync(Instance instance, CancellationToken cancel)
    {
        try
        {
            await lifecycle.StartAsync(instance, cancel);
            Autostarted?.Invoke(instance.Id, null);
            return true;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            LogAutostartFailed(e, instance.Id);
            Autostarted?.Invoke(instance.Id, e.Message);
            return false;
        }
    }

    private int Number(Instance instance, string key) =>
        int.TryParse(profiles.Expand(instance.Record).Config.GetValueOrDefault(key), out var number) ? number : 0;

    [LoggerMessage(Level = LogLevel.Error, Message = "Instance {Instance} could not be recovered; it is shown as stopped")]
    private partial void LogRecoveryFailed(Exception failure, InstanceId instance);

    [LoggerMessage(Level = LogLevel.Error, Message = "Instance {Instance} could not be started automatically")]
    private partial void LogAutostartFailed(Exception failure, InstanceId instance);
}
