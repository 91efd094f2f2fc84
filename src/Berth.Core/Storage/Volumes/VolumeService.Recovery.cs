using Microsoft.Extensions.Logging;

namespace Berth.Core.Storage.Volumes;

/// <summary>What the next daemon does about what this one began.</summary>
public sealed partial class VolumeService
{
    /// <summary>Finishes or undoes what the last daemon began with volumes. The pools are open.</summary>
    public async Task RecoverAsync(CancellationToken cancel)
    {
        foreach (var volume in store.List(VolumeDocuments.Volumes).Select(d => d.Value))
        {
            try
            {
                await RecoverAsync(volume, cancel);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                LogRecoveryFailed(e, volume.Pool, volume.Name);
            }
        }
    }

    private async Task RecoverAsync(VolumeRecord volume, CancellationToken cancel)
    {
        switch (volume.Phase)
        {
            case VolumePhase.Creating or VolumePhase.Deleting:
                FinishDelete(volume);
                return;
            case VolumePhase.Renaming:
                volume = await FinishRenameAsync(volume, cancel);
                break;
            case VolumePhase.Restoring:
                volume = await FinishRestoreAsync(volume, cancel);
                break;
            case VolumePhase.Moving when Arrived(volume) is { } moved:
                await FinishMoveAsync(volume, moved, cancel);
                return;
            case VolumePhase.Moving:
                volume = volume with { Phase = VolumePhase.Ready, MovesTo = null };
                Put(volume);
                break;
        }

        await RecoverSnapshotsAsync(volume, cancel);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The volume {Volume} of the storage pool {Pool} could not be recovered")]
    private partial void LogRecoveryFailed(Exception failure, string pool, string volume);
}
