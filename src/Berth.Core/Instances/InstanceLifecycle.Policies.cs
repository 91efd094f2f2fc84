using Microsoft.Extensions.Logging;

namespace Berth.Core.Instances;

public sealed partial class InstanceLifecycle
{
    private readonly AutoRestarts _restarts = new(time);
    private volatile bool _hostStops;

    /// <summary>The host shuts down: what is stopped from here on is noted as running, so that it is started again after the boot.</summary>
    internal void BeginHostShutdown() => _hostStops = true;

    /// <summary>The instance says of itself that it is ready, or not any more.</summary>
    /// <exception cref="BerthException">Conflict: it does not run.</exception>
    public async Task SetReadyAsync(Instance instance, bool ready, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("ready", cancel);
        instance.RequireRunning();
        registry.Write(instance, instance.Record with
        {
            Config = instance.Record.Config.SetItem(VolatileKeys.Ready, ready ? "true" : "false"),
        });
        if (ready)
        {
            events.Lifecycle("instance-ready", instance.Id.Project, PathOf(instance), instance.Id.Name);
        }
    }

    private static InstanceRecord NotReady(InstanceRecord record) => record with { Config = record.Config.Remove(VolatileKeys.Ready) };

    /// <summary>What was to be done with this start has been done.</summary>
    private static InstanceRecord Started(InstanceRecord record) => record with { Config = record.Config.Remove(VolatileKeys.ApplyNvram) };

    private string Setting(Instance instance, string key) => profiles.Expand(instance.Record).Config.GetValueOrDefault(key, "");

    private void RefuseProtected(Instance instance)
    {
        if (ConfigCatalogue.IsTrue(Setting(instance, "security.protection.start")))
        {
            throw BerthException.BadRequest($"Instance is protected from being started: unset security.protection.start of {instance.Id} first");
        }
    }

    /// <summary>The API did not end it: it ended by itself, or somebody else did.</summary>
    private static bool EndedUnasked(Instance instance) => instance.Action is not ("stop" or "restart");

    private async Task<bool> TryAutoRestartAsync(Instance instance)
    {
        if (_hostStops || instance.Record.Ephemeral || !ConfigCatalogue.IsTrue(Setting(instance, "boot.autorestart")))
        {
            return false;
        }

        if (!_restarts.TryNote(instance))
        {
            LogGivenUp(instance.Id);
            return false;
        }

        LogRestarting(instance.Id);
        using var hold = await instance.HoldAsync("start", CancellationToken.None);
        if (instance.Running is null && instance.Record.Phase == InstancePhase.Ready)
        {
            await StartHeldAsync(instance, CancellationToken.None);
        }

        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Instance {Instance} ended by itself; starting it again (boot.autorestart)")]
    private partial void LogRestarting(InstanceId instance);

    [LoggerMessage(Level = LogLevel.Error, Message = "Instance {Instance} ended 10 times within a minute; it is not started again")]
    private partial void LogGivenUp(InstanceId instance);
}
