using System.Collections.Immutable;
using Berth.Core.Events;
using Berth.Core.Snapshots;
using Berth.Core.Storage;

namespace Berth.Core.Instances;

/// <summary>What a client asks for when it copies an instance.</summary>
/// <param name="Wanted">The new instance; what it leaves open is taken from the source.</param>
/// <param name="SourceProject">The source's project.</param>
/// <param name="Source">Name of the source: <c>c1</c> or <c>c1/snap0</c>.</param>
/// <param name="InstanceOnly">Leave the source's snapshots out.</param>
/// <param name="Refresh">If the target exists, bring it up to date instead.</param>
/// <param name="ExcludeOlder">With <paramref name="Refresh"/>: leave out snapshots that are older than the target's newest one.</param>
public sealed record CopyRequest(InstanceRequest Wanted, string SourceProject, string Source, bool InstanceOnly, bool Refresh, bool ExcludeOlder)
{
    /// <summary>The kind was given and is not only the default.</summary>
    public bool KindGiven { get; init; }
}

/// <summary>A copy that was checked.</summary>
/// <param name="Target">Set where an instance that there is already is to be refreshed.</param>
public sealed record CopyPlan(InstanceRecord Planned, Instance Source, string? Snapshot, ImmutableArray<SnapshotRecord> Snapshots, Instance? Target);

/// <summary>Copies instances and snapshots, running ones too, within a pool and between pools.</summary>
public sealed class InstanceCopier(
    InstanceRegistry registry, InstanceCreator creator, SnapshotRegistry snapshots, SnapshotService service, SnapshotMerger merger, RootCopier roots, PoolService pools, EventHub events)
{
    /// <summary>Checks a request and says what it will make. Nothing is made yet.</summary>
    public async Task<CopyPlan> PlanAsync(CopyRequest request, CancellationToken cancel)
    {
        var (name, snapshot) = Split(request.Source);
        var source = registry.Get(request.SourceProject, name);
        var of = snapshot is null ? null : SnapshotRegistry.Get(source, snapshot);
        var from = of?.Instance ?? source.Record;
        if (request.KindGiven && request.Wanted.Kind != source.Record.Kind)
        {
            throw BerthException.BadRequest($"Instance type should not be specified or should match source type: {name} is a {InstanceCreator.KindName(source.Record.Kind)}");
        }

        ImmutableArray<SnapshotRecord> kept = of is null && !request.InstanceOnly ? [.. SnapshotRegistry.List(source)] : [];
        if (request.Refresh && registry.All.FirstOrDefault(i => i.Id == new InstanceId(request.Wanted.Project, request.Wanted.Name)) is { } target)
        {
            return Refreshed(request, new(target.Record, source, snapshot, kept, target));
        }

        var wanted = request.Wanted with
        {
            Kind = source.Record.Kind,
            Config = InstanceCopies.Config(request.Wanted.Config, from.Config),
            Devices = InstanceCopies.Merge(request.Wanted.Devices, from.Devices),
            Profiles = request.Wanted.Profiles ?? from.Profiles,
        };
        return new(await creator.PlanAsync(wanted, cancel) with { Image = source.Record.Image }, source, snapshot, kept, null);
    }

    /// <summary>Makes what <see cref="PlanAsync"/> returned.</summary>
    public async Task<Instance> CopyAsync(CopyPlan plan, CancellationToken cancel)
    {
        using var hold = await plan.Source.HoldAsync("copy", cancel);
        var instance = plan.Target is { } target ? await RefreshAsync(plan, target, cancel) : await MakeAsync(plan, cancel);
        merger.Kick(plan.Source);
        merger.Kick(instance);
        return instance;
    }

    private Task<Instance> MakeAsync(CopyPlan plan, CancellationToken cancel) => creator.MakeAsync(plan.Planned, async (instance, _) =>
    {
        await roots.CopyAsync(plan.Source, plan.Snapshot, instance.Id.Key, instance.Record, plan.Snapshots, cancel);
        try
        {
            Array.ForEach([.. plan.Snapshots], s => snapshots.Add(instance, RootCopier.ForCopy(s, instance.Record)));
        }
        catch
        {
            snapshots.RemoveAll(instance);
            throw;
        }
    }, record => creator.Metadata.ProvideCopyAsync(plan.Source.Record, record, cancel), cancel);

    private static CopyPlan Refreshed(CopyRequest request, CopyPlan plan)
    {
        var target = plan.Target!;
        if (target == plan.Source)
        {
            throw BerthException.BadRequest($"{target.Id} cannot be refreshed from itself");
        }

        if (target.Record.Kind != plan.Source.Record.Kind)
        {
            throw BerthException.BadRequest($"{target.Id} is a {InstanceCreator.KindName(target.Record.Kind)} and cannot be refreshed from {plan.Source.Id}, which is none");
        }

        if (target.Running is not null)
        {
            throw BerthException.BadRequest($"Cannot refresh a running instance: stop {target.Id} first");
        }

        var newest = request.ExcludeOlder ? target.Snapshots.LastOrDefault()?.CreatedAt : null;
        return plan with { Snapshots = [.. plan.Snapshots.Where(s => newest is null || s.CreatedAt >= newest)] };
    }

    private async Task<Instance> RefreshAsync(CopyPlan plan, Instance target, CancellationToken cancel)
    {
        using var hold = await target.HoldAsync("refresh", cancel);
        if (target.Running is not null)
        {
            throw BerthException.BadRequest($"Cannot refresh a running instance: stop {target.Id} first");
        }

        if (target.Record.Kind == InstanceKind.Machine)
        {
            await ReplaceAsync(plan, target, cancel);
        }
        else
        {
            await SyncAsync(plan, target, cancel);
        }

        events.Lifecycle("instance-updated", target.Id.Project, InstanceLifecycle.PathOf(target), target.Id.Name);
        return target;
    }

    private async Task SyncAsync(CopyPlan plan, Instance target, CancellationToken cancel)
    {
        // What the source has lost, or has taken again under the same name, goes; without the source's snapshots the target's stay.
        foreach (var old in plan.Snapshots.IsEmpty ? [] : SnapshotRegistry.List(target).ToList())
        {
            if (SnapshotRegistry.Find(plan.Source, old.Name) is not { } present || present.CreatedAt != old.CreatedAt)
            {
                await service.DeleteHeldAsync(target, old, cancel);
            }
        }

        var missing = plan.Snapshots.Where(s => SnapshotRegistry.Find(target, s.Name) is null).Select(s => (Source: s, Copy: RootCopier.ForCopy(s, target.Record))).ToList();
        missing.ForEach(m => snapshots.Add(target, m.Copy with { Phase = SnapshotPhase.Creating }));
        try
        {
            await roots.RefreshContainerAsync(plan.Source, plan.Snapshot, target.Record, [.. missing.Select(m => m.Source)], cancel);
        }
        finally
        {
            // Those that were copied before something failed are whole.
            var there = pools.Get(target.Record.Pool).Snapshots(target.Id.Key, target.Record.Kind);
            missing.ForEach(m => Settle(target, m.Copy, there.Contains(m.Copy.Name)));
        }
    }

    private void Settle(Instance target, SnapshotRecord copy, bool there)
    {
        if (there)
        {
            snapshots.Write(target, copy);
        }
        else
        {
            snapshots.Remove(target, copy);
        }
    }

    /// <summary>A machine's disks are copied beside the old ones and take their place in one step.</summary>
    private async Task ReplaceAsync(CopyPlan plan, Instance target, CancellationToken cancel)
    {
        var pool = pools.Get(target.Record.Pool);
        var made = TemporaryVolume.Name();
        await roots.CopyAsync(plan.Source, plan.Snapshot, made, target.Record, plan.Snapshots, cancel);
        await pool.ReplaceAsync(target.Id.Key, made, target.Record.Kind, CancellationToken.None);
        snapshots.RemoveAll(target);
        Array.ForEach([.. plan.Snapshots], s => snapshots.Add(target, RootCopier.ForCopy(s, target.Record)));
        await creator.WriteConfigCopyAsync(target.Record, CancellationToken.None);
    }

    private static (string Name, string? Snapshot) Split(string source) =>
        source.IndexOf('/', StringComparison.Ordinal) is var at and >= 0 ? (source[..at], source[(at + 1)..]) : (source, null);
}
