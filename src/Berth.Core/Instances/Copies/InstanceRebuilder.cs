using Berth.Core.Events;
using Berth.Core.Images;
using Berth.Core.Snapshots;
using Berth.Core.Storage;

namespace Berth.Core.Instances;

/// <summary>Gives a stopped instance a new root, of an image or an empty one; its configuration and addresses stay.</summary>
public sealed class InstanceRebuilder(InstanceRegistry registry, InstanceCreator creator, PoolService pools, EventHub events)
{
    /// <exception cref="BerthException">BadRequest: it runs, or has snapshots.</exception>
    public static void Check(Instance instance)
    {
        if (instance.Running is not null)
        {
            throw BerthException.BadRequest($"Instance must be stopped to be rebuilt: stop {instance.Id} first");
        }

        if (SnapshotRegistry.List(instance).FirstOrDefault() is { } snapshot)
        {
            throw BerthException.BadRequest(
                $"Cannot rebuild {instance.Id} while it has snapshots (such as {snapshot.Name}): they are of the root that would go. Delete them first, or copy the instance");
        }
    }

    /// <param name="image">Null: an empty root.</param>
    public async Task RebuildAsync(Instance instance, ImageRecord? image, Action<string> progress, CancellationToken cancel)
    {
        using var hold = await instance.HoldAsync("rebuild", cancel);
        Check(instance);
        var old = instance.Record;
        var config = old.Config.RemoveRange(old.Config.Keys.Where(k => k.StartsWith("image.", StringComparison.Ordinal)));
        var wanted = old with
        {
            Image = image?.Fingerprint ?? "",
            Config = image is null ? config : config.AddRange(image.Properties.Select(p => KeyValuePair.Create("image." + p.Key, p.Value))),
        };
        var pool = pools.Get(old.Pool);
        var made = TemporaryVolume.Name();
        await creator.MakeRootAsync(wanted, made, pool, progress, cancel);
        await pool.ReplaceAsync(old.Id.Key, made, old.Kind, CancellationToken.None);
        creator.Metadata.Remove(old.Id);
        wanted = await creator.Metadata.ProvideFromImageAsync(wanted, CancellationToken.None);
        registry.Write(instance, wanted);
        await creator.WriteConfigCopyAsync(wanted, CancellationToken.None);
        events.Lifecycle("instance-updated", instance.Id.Project, InstanceLifecycle.PathOf(instance), instance.Id.Name);
    }
}
