using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.Profiles;
using Berth.Core.Snapshots;
using Berth.Core.State;
using Berth.Core.Storage;
using Berth.Core.Storage.Volumes;

namespace Berth.Daemon;

/// <summary>Everything about snapshots and copies, put together; see <see cref="Composition"/>.</summary>
internal sealed class SnapshotParts
{
    private readonly SnapshotScheduler _scheduler;
    private readonly SnapshotRecovery _recovery;

    public SnapshotParts(
        SnapshotRegistry registry,
        IStateStore store,
        InstanceRegistry instances,
        InstanceLifecycle lifecycle,
        InstanceCreator creator,
        InstanceNics nics,
        ProfileService profiles,
        PoolService pools,
        VolumeService volumes,
        RootCopier roots,
        EventHub events,
        TimeProvider time,
        ILoggerFactory logs)
    {
        Registry = registry;
        Merger = new(pools, logs.CreateLogger<SnapshotMerger>());
        Service = new(registry, pools, Merger, record => profiles.Expand(record).Config, events, time);
        Restorer = new(instances, lifecycle, creator, nics, profiles, pools, Merger, events);
        Copier = new(instances, creator, registry, Service, Merger, roots, pools, events);
        Mover = new(instances, creator, profiles, Service, roots, pools, events);
        Rebuilder = new(instances, creator, pools, events);
        var scheduled = new InstanceSnapshotSource(instances, registry, Service, logs.CreateLogger<InstanceSnapshotSource>());
        scheduled.Attach(lifecycle);
        _scheduler = new([scheduled, new VolumeSnapshotSource(volumes)], store, time, logs.CreateLogger<SnapshotScheduler>());
        _recovery = new(instances, registry, Restorer, Mover, Merger, pools, logs.CreateLogger<SnapshotRecovery>());
        _scheduler.Attach();
    }

    public SnapshotRegistry Registry { get; }

    public SnapshotMerger Merger { get; }

    public SnapshotService Service { get; }

    public SnapshotRestorer Restorer { get; }

    public InstanceCopier Copier { get; }

    public InstanceMover Mover { get; }

    public InstanceRebuilder Rebuilder { get; }

    /// <summary>Finishes what was begun, and starts taking what is due.</summary>
    public async Task RecoverAsync(CancellationToken cancel)
    {
        await _recovery.RunAsync(cancel);
        _ = Task.Run(() => _scheduler.RunAsync(cancel), cancel);
    }
}
