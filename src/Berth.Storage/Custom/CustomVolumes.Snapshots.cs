using Berth.Core;
using Berth.Core.Storage.Volumes;
using Berth.Linux.Files;

namespace Berth.Storage.Custom;

/// <summary>Snapshots of custom volumes.</summary>
internal sealed partial class CustomVolumes
{
    public Task SnapshotAsync(string volume, string snapshot, VolumeContent content, bool inUse, CancellationToken cancel) =>
        MakeSnapshotAsync(volume, snapshot, staging => CopyDataAsync(Existing(volume, null), staging, content, inUse, cancel));

    public Task AddSnapshotAsync(
        string volume, string snapshot, VolumeContent content, long? size, Func<string, CancellationToken, Task> fill, CancellationToken cancel) =>
        MakeSnapshotAsync(volume, snapshot, staging => MakeDataAsync(staging, content, size, fill, cancel));

    public Task RestoreAsync(string volume, string snapshot, VolumeContent content, CancellationToken cancel) =>
        ExchangeAsync(volume, staging => CopyDataAsync(Existing(volume, snapshot), staging, content, inUse: false, cancel));

    public Task ReplaceAsync(string volume, VolumeContent content, long? size, Func<string, CancellationToken, Task> fill, CancellationToken cancel) =>
        ExchangeAsync(volume, staging => MakeDataAsync(staging, content, size, fill, cancel));

    IReadOnlyList<string> ICustomVolumes.Snapshots(string volume) =>
        Directory.Exists(Path.Combine(Home(volume), Snapshots))
            ? [.. PoolLayout.Finished(Path.Combine(Home(volume), Snapshots)).Select(path => Path.GetFileName(path))]
            : [];

    public void RenameSnapshot(string volume, string snapshot, string newName) =>
        Directory.Move(Existing(volume, snapshot), FreeSnapshot(volume, newName));

    public void DeleteSnapshot(string volume, string snapshot)
    {
        if (Directory.Exists(SnapshotHome(volume, snapshot)))
        {
            _trash.Take(SnapshotHome(volume, snapshot));
        }
    }

    private Task MakeSnapshotAsync(string volume, string snapshot, Func<string, Task> make) =>
        Change($"make the snapshot {snapshot} of the volume {volume}", async () =>
        {
            var target = FreeSnapshot(volume, snapshot);
            var staging = Path.Combine(Home(volume), Snapshots, PoolLayout.StagingName());
            try
            {
                Directory.CreateDirectory(staging, PoolLayout.Traversable);
                await make(staging);
                Directory.Move(staging, target);
            }
            catch
            {
                Abandon(staging);
                throw;
            }
        });

    /// <summary>Makes new content beside the present one and lets them change places in one step: after a crash it is the one or the other.</summary>
    private Task ExchangeAsync(string volume, Func<string, Task> make) =>
        Change($"replace the content of the volume {volume}", async () =>
        {
            var data = Existing(volume, null);
            var staging = Path.Combine(Home(volume), PoolLayout.StagingName());
            try
            {
                Directory.CreateDirectory(staging, PoolLayout.Traversable);
                await make(staging);
                FileOperations.SyncFileSystem(staging);
                FileOperations.Rename(staging, data, RenameFlags.Exchange);
            }
            finally
            {
                Abandon(staging);
            }
        });

    private string FreeSnapshot(string volume, string snapshot) =>
        !Path.Exists(SnapshotHome(volume, snapshot))
            ? SnapshotHome(volume, snapshot)
            : throw BerthException.Conflict($"The volume {volume} has a snapshot {snapshot} already");
}
