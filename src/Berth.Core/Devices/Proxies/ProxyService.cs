using System.Collections.Concurrent;
using Berth.Core.Instances;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Devices.Proxies;

/// <summary>The proxies of all running instances. They are the daemon's: the next one makes them again when it takes the instances over.</summary>
public sealed partial class ProxyService(ILogger<ProxyService> log)
{
    /// <summary>How long a container that reboots may take until proxies that listen in it can, and how often that is tried.</summary>
    private static readonly TimeSpan RebootTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<(InstanceId Instance, string Device), Forwarder> _forwarders = new();

    /// <summary>Makes the proxies of an instance that has just been started.</summary>
    /// <exception cref="BerthException">Conflict that names the first one that cannot be made; none is left then.</exception>
    internal async Task StartAsync(InstanceId id, IRunningInstance running, IEnumerable<DevicePart> parts)
    {
        try
        {
            foreach (var part in parts.OfType<ProxyPart>())
            {
                Start(id, running, part);
            }
        }
        catch
        {
            await StopAsync(id);
            throw;
        }
    }

    /// <summary>Makes the proxies of an instance that ran already; one that cannot be made is reported.</summary>
    internal void Adopt(InstanceId id, IRunningInstance running, IEnumerable<DevicePart> parts)
    {
        foreach (var part in parts.OfType<ProxyPart>())
        {
            try
            {
                Start(id, running, part);
            }
            catch (BerthException e)
            {
                LogNotMade(id, part.Device, e.Message);
            }
        }
    }

    internal void Start(InstanceId id, IRunningInstance running, ProxyPart part) =>
        _forwarders[(id, part.Device)] = Forwarder.Start(
            part, running.Namespaces ?? throw BerthException.Unsupported($"Device \"{part.Device}\" of {id}: proxies are for containers"));

    internal async Task StopAsync(InstanceId id, string device)
    {
        if (_forwarders.TryRemove((id, device), out var forwarder))
        {
            await forwarder.DisposeAsync();
        }
    }

    internal async Task StopAsync(InstanceId id)
    {
        foreach (var (_, device) in _forwarders.Keys.Where(k => k.Instance == id).ToList())
        {
            await StopAsync(id, device);
        }
    }

    /// <summary>After a reboot the container has new namespaces: what listened in the old ones listens anew.</summary>
    internal async Task FollowRebootAsync(InstanceId id, IRunningInstance running, IEnumerable<DevicePart> parts)
    {
        using var deadline = new CancellationTokenSource(RebootTime);
        foreach (var part in parts.OfType<ProxyPart>().Where(p => p.BindInstance))
        {
            await StopAsync(id, part.Device);
            while (!TryStart(id, running, part, deadline.IsCancellationRequested))
            {
                await Task.WhenAny(running.Exited, Task.Delay(TryAgain));
            }
        }
    }

    private bool TryStart(InstanceId id, IRunningInstance running, ProxyPart part, bool last)
    {
        try
        {
            Start(id, running, part);
            return true;
        }
        catch (BerthException e) when (!running.Exited.IsCompleted && !last)
        {
            _ = e;
            return false;
        }
        catch (BerthException e)
        {
            LogNotMade(id, part.Device, e.Message);
            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Instance {Instance}: the proxy {Device} could not be made: {Reason}")]
    private partial void LogNotMade(InstanceId instance, string device, string reason);
}
