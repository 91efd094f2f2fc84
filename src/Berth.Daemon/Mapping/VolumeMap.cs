using Berth.Api;
using Berth.Core.Instances;
using Berth.Core.Storage.Volumes;

namespace Berth.Daemon.Mapping;

/// <summary>Volumes on the wire.</summary>
internal static class VolumeMap
{
    public const string Custom = "custom";

    public static StorageVolume ToWire(VolumeRecord volume, IEnumerable<VolumeUser> users) => new()
    {
        Name = volume.Name,
        Type = Custom,
        ContentType = VolumeConfig.NameOf(volume.Content),
        Project = volume.Project,
        Description = volume.Description,
        Config = volume.Config,
        Location = "none",
        CreatedAt = volume.CreatedAt,
        UsedBy = [.. users.Select(u => u.Path).Distinct()],
    };

    /// <summary>A snapshot as an entry of a listing of volumes.</summary>
    public static StorageVolume ToWire(VolumeRecord volume, VolumeSnapshotRecord snapshot) => new()
    {
        Name = $"{volume.Name}/{snapshot.Name}",
        Type = Custom,
        ContentType = VolumeConfig.NameOf(volume.Content),
        Project = volume.Project,
        Description = snapshot.Description,
        Config = snapshot.Config,
        Location = "none",
        CreatedAt = snapshot.CreatedAt,
    };

    public static StorageVolumeSnapshot SnapshotToWire(VolumeRecord volume, VolumeSnapshotRecord snapshot) => new()
    {
        Name = $"{volume.Name}/{snapshot.Name}",
        ContentType = VolumeConfig.NameOf(volume.Content),
        Description = snapshot.Description,
        Config = snapshot.Config,
        CreatedAt = snapshot.CreatedAt,
        ExpiresAt = snapshot.ExpiresAt,
    };

    /// <summary>What a client may change, as it reads it; also what the ETag names.</summary>
    public static StorageVolumePut Changeable(VolumeRecord volume) => new() { Description = volume.Description, Config = volume.Config };

    public static StorageVolumeSnapshotPut Changeable(VolumeSnapshotRecord snapshot) => new() { Description = snapshot.Description, ExpiresAt = snapshot.ExpiresAt };

    public static string PathOf(VolumeRecord volume) =>
        $"/1.0/storage-pools/{volume.Pool}/volumes/{Custom}/{volume.Name}{(volume.Project == InstanceId.DefaultProject ? "" : $"?project={volume.Project}")}";

    /// <summary>The API's «never» is the year 1.</summary>
    public static DateTimeOffset? Time(DateTimeOffset? time) => time is { Year: > 1 } set ? set : null;
}
