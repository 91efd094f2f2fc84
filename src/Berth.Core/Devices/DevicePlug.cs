using System.Collections.Immutable;
using Berth.Core.Devices.Proxies;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Core.Profiles;

namespace Berth.Core.Devices;

/// <summary>Plugs devices into instances that run, and takes them out: all that a change asks for, or nothing.</summary>
public sealed class DevicePlug(DeviceBuilder builder, InstanceNics nics, ProxyService proxies, ProfileService profiles)
{
    /// <summary>How long one change of devices may take: a machine's guest has a say in it.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(45);

    /// <summary>Finds out whether the devices of an instance that is to be could be made now.</summary>
    public async Task CheckAsync(InstanceRecord record, CancellationToken cancel)
    {
        foreach (var (device, config) in profiles.Expand(record).Devices)
        {
            await builder.CheckAsync(new(record, device, config), cancel);
        }
    }

    /// <summary>Makes the changes real; of an instance that does not run, it is checked that they can be made.</summary>
    /// <param name="wanted">The record as it is to be.</param>
    /// <returns>Takes them back.</returns>
    internal async Task<Func<Task>> ApplyAsync(Instance instance, InstanceRecord wanted, ImmutableArray<DeviceChange> changes, CancellationToken cancel)
    {
        var undo = new Stack<Func<Task>>();
        if (changes.IsEmpty)
        {
            return () => Task.CompletedTask;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Deadline);
        try
        {
            foreach (var change in changes.Where(c => c.After is not null))
            {
                await builder.CheckAsync(new(wanted, change.Device, change.After!), deadline.Token);
            }

            if (instance.Running is { } running)
            {
                var live = changes.Select(c => new Live(instance, running, wanted, c)).ToList();
                live.ForEach(RefuseFixed);
                foreach (var change in live.Where(l => !l.IsUpdate && l.Change.Before is not null))
                {
                    await TakeOutAsync(change, undo, deadline.Token);
                }

                foreach (var change in live.Where(l => l.Change.After is not null))
                {
                    await (change.IsUpdate ? UpdateAsync(change, undo, deadline.Token) : PlugInAsync(change, undo, deadline.Token));
                }
            }

            return () => TakeBackAsync(undo);
        }
        catch (Exception e)
        {
            await TakeBackAsync(undo);
            throw e is OperationCanceledException && !cancel.IsCancellationRequested
                ? new BerthException(ErrorKind.Timeout, $"The devices of {instance.Id} could not be changed within {Deadline.TotalSeconds:0} s; they are as they were")
                : e;
        }
    }

    private static async Task TakeBackAsync(Stack<Func<Task>> undo)
    {
        while (undo.TryPop(out var step))
        {
            await step();
        }
    }

    /// <summary>What no kind of instance can change while it runs.</summary>
    private static void RefuseFixed(Live live)
    {
        var (instance, change) = (live.Instance, live.Change);
        if (live.Part is RootPart && !live.IsUpdate)
        {
            throw BerthException.BadRequest($"The root disk \"{change.Device}\" cannot be changed so while {instance.Id} is running; stop it first");
        }

        if (live.Running.Frozen)
        {
            throw BerthException.Conflict($"The instance {instance.Id} is frozen; resume it before changing the device \"{change.Device}\"");
        }
    }

    private async Task PlugInAsync(Live live, Stack<Func<Task>> undo, CancellationToken cancel)
    {
        var request = new DeviceRequest(live.Wanted, live.Change.Device, live.Change.After!);
        var part = request.Value("type") == "nic" ? await nics.ResolveAsync(live.Wanted, request.Device, cancel) : builder.Build(request);
        if (part is not null)
        {
            await AttachAsync(live, part, cancel);
            undo.Push(() => DetachAsync(live, part, CancellationToken.None));
        }
    }

    private async Task TakeOutAsync(Live live, Stack<Func<Task>> undo, CancellationToken cancel)
    {
        if (live.Part is { } part)
        {
            await DetachAsync(live, part, cancel);
            undo.Push(() => AttachAsync(live, part, CancellationToken.None));
        }
    }

    private async Task UpdateAsync(Live live, Stack<Func<Task>> undo, CancellationToken cancel)
    {
        if (live.Part is { } old && builder.Build(new(live.Wanted, live.Change.Device, live.Change.After!)) is { } part)
        {
            await live.Running.UpdateAsync(part, cancel);
            live.Instance.PluggedIn(part);
            undo.Push(async () =>
            {
                await live.Running.UpdateAsync(old, CancellationToken.None);
                live.Instance.PluggedIn(old);
            });
        }
    }

    private async Task AttachAsync(Live live, DevicePart part, CancellationToken cancel)
    {
        if (part is ProxyPart proxy)
        {
            await proxies.StartAsync(live.Instance.Id, live.Running, proxy, live.Instance.Nics, cancel);
        }
        else if (part is not NicSpec nic)
        {
            await live.Running.AttachAsync(part, cancel);
        }
        else
        {
            try
            {
                await nics.AttachAsync(live.Wanted, [nic], cancel);
                await live.Running.AttachAsync(nic, cancel);
                await InstanceNics.LimitAsync([nic], cancel);
            }
            catch
            {
                await nics.ReleaseAsync([nic], CancellationToken.None);
                throw;
            }
        }

        live.Instance.PluggedIn(part);
    }

    private async Task DetachAsync(Live live, DevicePart part, CancellationToken cancel)
    {
        if (part is ProxyPart)
        {
            await proxies.StopAsync(live.Instance.Id, part.Device);
        }
        else
        {
            await live.Running.DetachAsync(part, cancel);
        }

        if (part is NicSpec nic)
        {
            await nics.ReleaseAsync([nic], cancel);
        }

        live.Instance.TakenOut(part.Device);
    }

    /// <summary>One change of a running instance.</summary>
    private sealed record Live(Instance Instance, IRunningInstance Running, InstanceRecord Wanted, DeviceChange Change)
    {
        private static readonly string[] LimitKeys = ["limits.read", "limits.write", "limits.max"];

        /// <summary>What it runs with now; null: nothing was made for the device.</summary>
        public DevicePart? Part => Instance.Plugged.GetValueOrDefault(Change.Device);

        /// <summary>The device stays, with other limits. (The size of a root is among the limits of the instance.)</summary>
        public bool IsUpdate => Change is { Before: not null, After: not null } && Part is not (null or NicSpec)
            && Change.Keys.All(k => LimitKeys.Contains(k) || (k == "size" && Part is RootPart));
    }
}
