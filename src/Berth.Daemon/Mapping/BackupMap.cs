using Berth.Core.Backups;

namespace Berth.Daemon.Mapping;

/// <summary>Backups of instances on the wire.</summary>
internal static class BackupMap
{
    public static Api.InstanceBackup ToWire(BackupRecord backup) => new()
    {
        Name = backup.Name,
        CreatedAt = backup.CreatedAt,
        ExpiresAt = backup.ExpiresAt ?? DateTimeOffset.MinValue,
        InstanceOnly = backup.Only,
    };
}
