namespace Berth.Core.Storage.Volumes;

/// <summary>Volumes that go to another pool or project.</summary>
public sealed partial class VolumeService
{
    /// <summary>Moves a volume to another pool or project; the devices that have it follow, and its backups.</summary>
    /// <remarks>
    /// The record says where to before anything is made there. From when the new volume is whole the move is only finished, before that
    /// only undone.
    /// </remarks>
    public async Task<VolumeRecord> MoveAsync(VolumeRecord volume, string project, string pool, string name, CancellationToken cancel)
    {
        using var hold = await _holds.TakeAsync(volume.Project, volume.Pool, volume.Name, cancel);
        var present = Get(volume.Project, volume.Pool, volume.Name);
        RefuseRunning(present, "moved");
        if (project != present.Project && users.Of(present).Count > 0)
        {
            throw BerthException.BadRequest("A volume that is attached cannot be moved to another project: detach it first");
        }

        var target = new VolumeRecord { Project = project, Pool = pool, Name = name, Content = present.Content, Description = present.Description };
        var planned = PlanCopy(new(present, null, target, VolumeOnly: false, Refresh: false, ExcludeOlder: false));
        planned = planned with { CreatedAt = present.CreatedAt, Config = planned.Config.SetItem(VolumeConfig.Uuid, present.Config[VolumeConfig.Uuid]) };
        Put(present with { Phase = VolumePhase.Moving, MovesTo = new(planned.Project, planned.Pool, planned.Name) });
        VolumeRecord moved;
        try
        {
            // Whoever began to use it in between is seen now, and whoever begins later is refused.
            RefuseRunning(present, "moved");
            moved = await MakeCopyAsync(present, null, only: false, planned, cancel);
        }
        catch
        {
            Put(present);
            throw;
        }

        await FinishMoveAsync(present, moved, CancellationToken.None);
        Announce("storage-volume-deleted", present);
        return moved;
    }

    /// <summary>What a move made, once it is whole; null before.</summary>
    private VolumeRecord? Arrived(VolumeRecord volume) =>
        volume.MovesTo is { } to && store.Find(VolumeDocuments.Volumes, to.Project, DocumentName(to.Pool, to.Name))?.Value is { Phase: VolumePhase.Ready } moved
        && moved.Config.GetValueOrDefault(VolumeConfig.Uuid) == volume.Config.GetValueOrDefault(VolumeConfig.Uuid)
            ? moved
            : null;

    /// <summary>Repeatable.</summary>
    private async Task FinishMoveAsync(VolumeRecord volume, VolumeRecord moved, CancellationToken cancel)
    {
        await PointUsersAsync(volume, moved.Pool, moved.Name, cancel);
        if (moved.Project != volume.Project)
        {
            ProjectChanged?.Invoke(moved, volume.Project);
        }

        FinishDelete(volume);
    }
}
