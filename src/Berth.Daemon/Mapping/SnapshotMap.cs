using System.Collections.Immutable;
using Berth.Core.Profiles;
using Berth.Core.Snapshots;

namespace Berth.Daemon.Mapping;

/// <summary>Snapshots of instances on the wire.</summary>
internal sealed class SnapshotMap(ProfileService profiles)
{
    public Api.InstanceSnapshot ToWire(SnapshotRecord snapshot)
    {
        var instance = snapshot.Instance;
        var expanded = profiles.ExpandPresent(instance);
        return new()
        {
            Name = snapshot.Name,
            Architecture = instance.Architecture,
            Config = WithVolatile(snapshot, instance.Config),
            Devices = InstanceMap.Devices(instance.Devices),
            ExpandedConfig = WithVolatile(snapshot, expanded.Config),
            ExpandedDevices = InstanceMap.Devices(expanded.Devices),
            Profiles = instance.Profiles,
            Description = instance.Description,
            Ephemeral = instance.Ephemeral,
            CreatedAt = snapshot.CreatedAt,
            ExpiresAt = snapshot.ExpiresAt,
            LastUsedAt = instance.LastUsedAt,
            Size = snapshot.Size,
        };
    }

    private static ImmutableSortedDictionary<string, string> WithVolatile(SnapshotRecord snapshot, ImmutableSortedDictionary<string, string> config)
    {
        var builder = config.ToBuilder();
        builder["volatile.uuid"] = snapshot.Instance.Uuid.ToString();
        if (snapshot.Instance.Image.Length > 0)
        {
            builder["volatile.base_image"] = snapshot.Instance.Image;
        }

        return builder.ToImmutable();
    }
}
