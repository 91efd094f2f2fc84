using Berth.Core.Devices;
using Berth.Core.Events;
using Berth.Core.Instances.CloudInit;
using Berth.Core.Profiles;
using Berth.Core.Projects;
using Berth.Core.Storage;

namespace Berth.Core.Instances;

/// <summary>Changes configuration, devices, profiles and names. What runs is changed live, or the change is refused whole.</summary>
public sealed class InstanceConfigurator(
    InstanceRegistry registry,
    InstanceCreator creator,
    ProfileService profiles,
    ProjectService projects,
    ProjectGuard guard,
    PoolService pools,
    InstanceNics nics,
    DevicePlug plug,
    HostLayout layout,
    EventHub events,
    TimeProvider time)
{
    /// <summary>Makes changed profiles reach the instances that use them.</summary>
    public void Attach() => profiles.Changed = ProfileChangedAsync;

    /// <param name="change">Makes the wanted record from the present one.</param>
    public async Task UpdateAsync(Instance instance, Func<InstanceRecord, InstanceRecord> change, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("update", cancel);
        var old = instance.Record;
        var wanted = change(old);
        if (await creator.ValidateAsync(wanted, cancel) != old.Pool)
        {
            throw BerthException.BadRequest("The root disk cannot be moved to another pool by changing its configuration");
        }

        using var place = guard.Reserve(wanted);
        var before = profiles.Expand(old);
        wanted = CloudInitIds.Follow(old, before, await nics.CompleteAsync(WithoutGone(wanted, before), cancel), profiles.Expand(wanted));
        var undo = await ApplyAsync(instance, before, wanted, cancel);
        try
        {
            await creator.WriteConfigCopyAsync(wanted, cancel);
            registry.Write(instance, wanted);
        }
        catch
        {
            await undo();
            throw;
        }

        GuestNews.Send(events, time.GetUtcNow(), instance.Id, before, profiles.Expand(wanted));
        events.Lifecycle("instance-updated", instance.Id.Project, InstanceLifecycle.PathOf(instance), instance.Id.Name);
    }

    /// <summary>Renames a stopped instance with everything that carries its name.</summary>
    public async Task RenameAsync(Instance instance, string newName, CancellationToken cancel)
    {
        InstanceNames.Validate(newName);
        using var hold = await instance.HoldAsync("rename", cancel);
        if (instance.Running is not null)
        {
            throw BerthException.BadRequest($"The instance {instance.Id} is running; stop it before renaming it");
        }

        var old = instance.Record;
        var renamed = creator.Metadata.Renamed(old, CloudInitIds.Renew(old with { Name = newName }));
        if (registry.All.Any(i => i.Id == renamed.Id))
        {
            throw BerthException.Conflict($"Instance \"{newName}\" already exists");
        }

        var pool = pools.Get(old.Pool);
        await nics.ForgetAsync(old, cancel);
        await pool.RenameAsync(old.Id.Key, renamed.Id.Key, old.Kind, cancel);
        try
        {
            registry.Rename(instance, renamed);
        }
        catch
        {
            await pool.RenameAsync(renamed.Id.Key, old.Id.Key, old.Kind, CancellationToken.None);
            throw;
        }

        Move(layout.InstanceDirectory(old.Id.Key), layout.InstanceDirectory(renamed.Id.Key));
        Move(layout.InstanceRuntime(old.Id.Key), layout.InstanceRuntime(renamed.Id.Key));
        Move(Path.Combine(layout.Logs, old.Id.Key), Path.Combine(layout.Logs, renamed.Id.Key));
        await creator.WriteConfigCopyAsync(renamed, cancel);
        events.Lifecycle("instance-renamed", old.Project, InstanceLifecycle.PathOf(instance), newName);
    }

    /// <summary>Instances that use a profile, those of projects without their own profiles included.</summary>
    public IReadOnlyList<Instance> UsersOf(string project, string profile) =>
        [.. projects.UsersOf(ProjectFeature.Profiles, project).SelectMany(registry.InProject).Where(i => i.Record.Profiles.Contains(profile))];

    private static void Move(string from, string to)
    {
        if (Directory.Exists(from))
        {
            Directory.Move(from, to);
        }
    }

    /// <summary>The record without <c>volatile.*</c> of devices that are gone.</summary>
    private InstanceRecord WithoutGone(InstanceRecord wanted, ExpandedConfig before)
    {
        var gone = before.Devices.Keys.Except(profiles.Expand(wanted).Devices.Keys).Select(d => $"volatile.{d}.").ToList();
        return wanted with { Config = wanted.Config.RemoveRange(wanted.Config.Keys.Where(k => gone.Any(g => k.StartsWith(g, StringComparison.Ordinal)))) };
    }

    /// <summary>Makes the difference between the old and the wanted configuration real.</summary>
    /// <returns>Takes it back.</returns>
    private async Task<Func<Task>> ApplyAsync(Instance instance, ExpandedConfig before, InstanceRecord wanted, CancellationToken cancel)
    {
        var after = profiles.Expand(wanted);
        var limits = RunSpecBuilder.LimitsOf(wanted, after);
        var oldLimits = RunSpecBuilder.LimitsOf(wanted, before);
        if (instance.Running is not null)
        {
            RefuseWhileRunning(instance, before, after);
        }

        var undo = await plug.ApplyAsync(instance, wanted, DeviceChange.Between(before.Devices, after.Devices), cancel);
        try
        {
            if (instance.Running is { } running
                && (limits with { RootSize = null } != oldLimits with { RootSize = null } || (limits.RootSize != oldLimits.RootSize && wanted.Kind == InstanceKind.Machine)))
            {
                await running.ApplyLimitsAsync(limits, cancel);
            }

            if (limits.RootSize != oldLimits.RootSize && (wanted.Kind == InstanceKind.Container || instance.Running is null))
            {
                await pools.Get(wanted.Pool).ResizeAsync(wanted.Id.Key, wanted.Kind, limits.RootSize, cancel);
            }

            return undo;
        }
        catch
        {
            await undo();
            throw;
        }
    }

    private static void RefuseWhileRunning(Instance instance, ExpandedConfig before, ExpandedConfig after)
    {
        // As Incus: what a running container does not take at once, it takes with its next start; a machine does not take it at all.
        foreach (var key in instance.Record.Kind == InstanceKind.Machine ? before.Config.Keys.Union(after.Config.Keys) : [])
        {
            if (before.Config.GetValueOrDefault(key, "") != after.Config.GetValueOrDefault(key, "") && !ConfigCatalogue.MachineTakesLive(key))
            {
                throw BerthException.BadRequest($"Key \"{key}\" cannot be updated when VM is running: stop {instance.Id} first");
            }
        }
    }

    private async Task ProfileChangedAsync(ProfileRecord old, CancellationToken cancel)
    {
        var undo = new Stack<Func<Task>>();
        try
        {
            foreach (var instance in UsersOf(old.Project, old.Name))
            {
                undo.Push(await FollowProfileAsync(instance, old, cancel));
            }
        }
        catch
        {
            while (undo.TryPop(out var takeBack))
            {
                await takeBack();
            }

            throw;
        }
    }

    private async Task<Func<Task>> FollowProfileAsync(Instance instance, ProfileRecord old, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("update", cancel);
        var record = instance.Record;
        if (await creator.ValidateAsync(record, cancel) != record.Pool)
        {
            throw BerthException.BadRequest($"The root disk of {instance.Id} cannot be moved to another pool by changing its profile");
        }

        var before = profiles.Expand(record, old);
        var after = profiles.Expand(record);
        var wanted = CloudInitIds.Follow(record, before, await nics.CompleteAsync(WithoutGone(record, before), cancel), after);
        var undo = await ApplyAsync(instance, before, wanted, cancel);
        registry.Write(instance, wanted);
        GuestNews.Send(events, time.GetUtcNow(), instance.Id, before, after);
        return async () =>
        {
            using var again = await instance.HoldAsync("update", CancellationToken.None);
            await undo();
            registry.Write(instance, instance.Record with { Config = record.Config });
        };
    }
}
