using System.Globalization;
using Berth.Core.Profiles;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Instances;

/// <summary>
/// Stops every instance because the host shuts down: those of the highest <c>boot.stop.priority</c> first, each in its own way
/// (<c>boot.host_shutdown_action</c>) and time (<c>boot.host_shutdown_timeout</c>). After the boot they are started again.
/// </summary>
public sealed partial class HostShutdown(InstanceRegistry registry, InstanceLifecycle lifecycle, ProfileService profiles, ILogger<HostShutdown> log)
{
    private const int DefaultTimeout = 30;
    private const int LongestTimeout = 3600;

    public async Task RunAsync()
    {
        lifecycle.BeginHostShutdown();
        var running = registry.All.Where(i => i.Running is not null)
            .Select(i => (Instance: i, Config: profiles.Expand(i.Record).Config))
            .GroupBy(i => Number(i.Config.GetValueOrDefault("boot.stop.priority"), 0))
            .OrderByDescending(group => group.Key)
            .ToList();
        foreach (var group in running)
        {
            await Task.WhenAll(group.Select(i => StopAsync(
                i.Instance,
                force: i.Config.GetValueOrDefault("boot.host_shutdown_action") == "force-stop",
                TimeSpan.FromSeconds(Math.Clamp(Number(i.Config.GetValueOrDefault("boot.host_shutdown_timeout"), DefaultTimeout), 0, LongestTimeout)))));
        }
    }

    private async Task StopAsync(Instance instance, bool force, TimeSpan patience)
    {
        try
        {
            if (!force && await ShutDownAsync(instance, patience))
            {
                return;
            }

            await lifecycle.KillAsync(instance, CancellationToken.None);
        }
        catch (BerthException e) when (instance.Running is null)
        {
            // It ended by itself meanwhile.
            LogStopped(instance.Id, e.Message);
        }
        catch (Exception e)
        {
            LogNotStopped(e, instance.Id);
        }
    }

    private async Task<bool> ShutDownAsync(Instance instance, TimeSpan patience)
    {
        try
        {
            await lifecycle.ShutdownAsync(instance, patience, CancellationToken.None);
            return true;
        }
        catch (BerthException e) when (e.Kind is ErrorKind.Timeout or ErrorKind.Conflict && instance.Running is not null)
        {
            LogForced(instance.Id, e.Message);
            return false;
        }
    }

    private static long Number(string? text, long otherwise) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    [LoggerMessage(Level = LogLevel.Information, Message = "Instance {Instance} ended while the host shuts down: {Reason}")]
    private partial void LogStopped(InstanceId instance, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Instance {Instance} is killed, because the host shuts down: {Reason}")]
    private partial void LogForced(InstanceId instance, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Instance {Instance} could not be stopped for the host's shutdown")]
    private partial void LogNotStopped(Exception failure, InstanceId instance);
}
