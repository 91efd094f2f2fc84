using System.Collections.Concurrent;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Devices.Proxies;

/// <summary>The proxies of all running instances. They are the daemon's: the next one makes them again when it takes the instances over.</summary>
public sealed partial class ProxyService(string nftTable, ILogger<ProxyService> log)
{
    /// <summary>How long a container that reboots may take until proxies that listen in it can, and how often that is tried.</summary>
    private static readonly TimeSpan RebootTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan NatDeadline = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<(InstanceId Instance, string Device), Forwarder> _forwarders = new();

    /// <summary>Those that the kernel forwards.</summary>
    private readonly ConcurrentDictionary<(InstanceId Instance, string Device), ProxyPart> _natted = new();

    private readonly ProxyNat _nat = new(nftTable);

    /// <summary>Makes the proxies of an instance that has just been started.</summary>
    /// <exception cref="BerthException">Conflict that names the first one that cannot be made; none is left then.</exception>
    internal async Task StartAsync(InstanceId id, IRunningInstance running, IEnumerable<DevicePart> parts, IReadOnlyList<NicSpec> nics, CancellationToken cancel)
    {
        try
        {
            foreach (var part in parts.OfType<ProxyPart>())
            {
                await StartAsync(id, running, part, nics, cancel);
            }
        }
        catch
        {
            await StopAsync(id);
            throw;
        }
    }

    /// <summary>Makes the proxies of an instance that ran already; one that cannot be made is reported.</summary>
    internal async Task AdoptAsync(InstanceId id, IRunningInstance running, IEnumerable<DevicePart> parts, IReadOnlyList<NicSpec> nics, CancellationToken cancel)
    {
        foreach (var part in parts.OfType<ProxyPart>())
        {
            try
            {
                await StartAsync(id, running, part, nics, cancel);
            }
            catch (BerthException e)
            {
                LogNotMade(id, part.Device, e.Message);
            }
        }
    }

    /// <summary>Removes what the kernel still forwards of an instance that ended while nobody looked after it.</summary>
    internal async Task ForgetAsync(InstanceId id, IEnumerable<DevicePart> parts, CancellationToken cancel)
    {
        foreach (var part in parts.OfType<ProxyPart>().Where(p => p.Nat))
        {
            await _nat.RemoveAsync(id, part.Device, cancel);
        }
    }

    internal async Task StartAsync(InstanceId id, IRunningInstance running, ProxyPart part, IReadOnlyList<NicSpec> nics, CancellationToken cancel)
    {
        if (!part.Nat)
        {
            Start(id, running, part);
            return;
        }

        if (_natted.FirstOrDefault(n => n.Key != (id, part.Device) && ProxyNat.Collide(n.Value, part)) is { Value: not null } other)
        {
            throw BerthException.Conflict($"Device \"{part.Device}\" of {id}: device \"{other.Key.Device}\" of {other.Key.Instance} listens on the same port with nat already");
        }

        await _nat.ApplyAsync(id, part, nics, cancel);
        _natted[(id, part.Device)] = part;
    }

    private void Start(InstanceId id, IRunningInstance running, ProxyPart part) =>
        _forwarders[(id, part.Device)] = Forwarder.Start(
            part, running.Namespaces ?? throw BerthException.Unsupported($"Device \"{part.Device}\" of {id}: proxies are for containers"));

    internal async Task StopAsync(InstanceId id, string device)
    {
        if (_forwarders.TryRemove((id, device), out var forwarder))
        {
            await forwarder.DisposeAsync();
        }

        if (_natted.TryRemove((id, device), out _))
        {
            using var deadline = new CancellationTokenSource(NatDeadline);
            await _nat.RemoveAsync(id, device, deadline.Token);
        }
    }

    internal async Task StopAsync(InstanceId id)
    {
        foreach (var (_, device) in _forwarders.Keys.Concat(_natted.Keys).Where(k => k.Instance == id).ToList())
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
        catch (BerthException) when (!running.Exited.IsCompleted && !last)
        {
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
