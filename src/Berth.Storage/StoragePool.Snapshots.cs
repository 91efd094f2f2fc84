using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Storage;
using Berth.Linux.Files;
using Berth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Berth.Storage;

/// <summary>The snapshots of a pool's volumes: see <see cref="VolumeSnapshots"/> for where they lie.</summary>
internal sealed partial class StoragePool
{
    public bool SnapshotsAreAtomic(InstanceKind kind) => kind == InstanceKind.Machine || _roots.IsAtomic;

    public IReadOnlyList<string> Snapshots(string volume, InstanceKind kind) => VolumeSnapshots.List(Existing(volume, kind));

    public Task<long?> CreateSnapshotAsync(
        string volume, string snapshot, InstanceKind kind, ReadOnlyMemory<byte> configCopy, CancellationToken cancel) =>
        Change($"take the snapshot {snapshot} of {volume}", async () =>
        {
            var directory = Existing(volume, kind);
            var target = VolumeSnapshots.Free(directory, snapshot);
            cancel.ThrowIfCancellationRequested();
            var staging = VolumeSnapshots.Stage(directory);
            try
            {
                var size = kind == InstanceKind.Container
                    ? await _roots.SnapshotAsync(directory, staging, cancel)
                    : await Task.Run(() => FreezeDisk(directory, staging), cancel);
                await ConfigCopy.WriteAsync(staging, configCopy, cancel);
                Directory.Move(staging, target);
                FileOperations.SyncDirectory(Path.GetDirectoryName(target)!);
                if (kind == InstanceKind.Machine)
                {
                    MachineLayers.Switch(directory);
                }

                return size;
            }
            catch
            {
                Abandon(staging);
                if (kind == InstanceKind.Machine && !Directory.Exists(target))
                {
                    MachineLayers.Abandon(directory);
                }

                throw;
            }
        });

    public Task UndoSnapshotAsync(string volume, string snapshot, InstanceKind kind, CancellationToken cancel)
    {
        if (kind == InstanceKind.Machine)
        {
            var directory = Existing(volume, kind);
            MachineLayers.Undo(directory, VolumeSnapshots.Existing(directory, snapshot));
        }

        return DeleteSnapshotAsync(volume, snapshot, kind, cancel);
    }

    public Task RestoreSnapshotAsync(string volume, string snapshot, InstanceKind kind, CancellationToken cancel) =>
        Change($"restore the snapshot {snapshot} of {volume}", async () =>
        {
            var directory = Existing(volume, kind);
            var source = VolumeSnapshots.Existing(directory, snapshot);
            cancel.ThrowIfCancellationRequested();
            if (kind == InstanceKind.Machine)
            {
                await Task.Run(() => MachineLayers.Restore(directory, source), cancel);
                return;
            }

            var staging = Path.Combine(directory, PoolLayout.StagingName());
            try
            {
                Directory.CreateDirectory(staging, PoolLayout.Private);
                await _roots.RestoreAsync(source, directory, staging, cancel);
            }
            finally
            {
                Abandon(staging);
            }
        });

    public Task RenameSnapshotAsync(string volume, string snapshot, string newName, InstanceKind kind, CancellationToken cancel) =>
        Change($"rename the snapshot {snapshot} of {volume} to {newName}", () =>
        {
            var directory = Existing(volume, kind);
            var from = VolumeSnapshots.Existing(directory, snapshot);
            var to = VolumeSnapshots.Free(directory, newName);
            cancel.ThrowIfCancellationRequested();
            Directory.Move(from, to);
            return Task.CompletedTask;
        });

    public Task DeleteSnapshotAsync(string volume, string snapshot, InstanceKind kind, CancellationToken cancel) =>
        Change($"delete the snapshot {snapshot} of {volume}", () =>
        {
            VolumeName.CheckSnapshot(snapshot);
            var directory = Existing(volume, kind);
            cancel.ThrowIfCancellationRequested();
            var path = Path.Combine(VolumeSnapshots.Root(directory), snapshot);
            if (Directory.Exists(path))
            {
                _trash.Take(path);
            }

            if (kind == InstanceKind.Machine)
            {
                MachineLayers.RemoveUnused(directory);
            }

            return Task.CompletedTask;
        });

    public Task CopyWithSnapshotsAsync(
        string volume, string? from, string newName, InstanceKind kind, uint idBase, uint newIdBase, IReadOnlyCollection<string> snapshots, CancellationToken cancel) =>
        MakeAsync(newName, kind, async staging =>
        {
            var directory = Existing(volume, kind);
            var source = from is null ? directory : VolumeSnapshots.Existing(directory, from);
            var kept = snapshots.Select(name => VolumeSnapshots.Existing(directory, name)).ToList();
            if (kind == InstanceKind.Container)
            {
                await _roots.CopyAsync(source, staging, idBase, newIdBase, cancel);
            }
            else
            {
                var disk = from is null ? PoolLayout.DiskFile : MachineLayers.LayerOf(source);
                await Task.Run(() => MachineLayers.Copy(directory, disk, staging, newIdBase, kept, cancel), cancel);
            }

            foreach (var snapshot in kept)
            {
                await CopyOneAsync(snapshot, VolumeSnapshots.Stage(staging), kind, idBase, newIdBase, cancel);
            }
        }, () => _images.CopyReader(volume, newName, kind), cancel);

    public Task ImportMachineAsync(
        string newName, string source, string? from, string? fingerprint, uint owner, IReadOnlyCollection<string> snapshots, CancellationToken cancel) =>
        MakeAsync(newName, InstanceKind.Machine, async staging =>
        {
            var directory = Path.GetDirectoryName(source)!;
            var kept = snapshots.Select(name => VolumeSnapshots.Existing(directory, name)).ToList();
            var disk = from is null ? PoolLayout.DiskFile : MachineLayers.LayerOf(VolumeSnapshots.Existing(directory, from));
            await MachineLayers.ImportAsync(directory, disk, staging, fingerprint is null ? null : _images.Disk(fingerprint), owner, kept, cancel);
            foreach (var snapshot in kept)
            {
                await CopyOneAsync(snapshot, VolumeSnapshots.Stage(staging), InstanceKind.Machine, 0, 0, cancel);
            }
        }, () => Reads(newName, InstanceKind.Machine, fingerprint, _images.HasDisk, "disk"), cancel);

    public Task SyncContainerRootAsync(string volume, uint idBase, SafeFileHandle source, uint sourceIdBase, CancellationToken cancel) =>
        Change($"copy to {volume}", () =>
        {
            var image = _images.ImageOf(volume, InstanceKind.Container);
            return _roots.SyncAsync(
                Existing(volume, InstanceKind.Container), image is null ? null : _images.Tree(image), idBase, Linux.Fd.ProcPath(source), sourceIdBase, cancel);
        });

    public Task ReplaceAsync(string volume, string by, InstanceKind kind, CancellationToken cancel) =>
        Change($"replace {volume}", () =>
        {
            var (old, made) = (Existing(volume, kind), Existing(by, kind));
            cancel.ThrowIfCancellationRequested();
            FileOperations.Rename(made, old, RenameFlags.Exchange);
            _images.ExchangeReaders(volume, by, kind);
            return DeleteAsync(by, kind, CancellationToken.None);
        });

    public Task<SafeFileHandle> MountSnapshotAsync(string volume, string snapshot, uint idBase, CancellationToken cancel) =>
        Change($"mount the snapshot {snapshot} of {volume}", () =>
        {
            var source = VolumeSnapshots.Existing(Existing(volume, InstanceKind.Container), snapshot);
            var image = _images.ImageOf(volume, InstanceKind.Container);
            return Task.Run(async () =>
            {
                var root = await _roots.MountAsync(source, image is null ? null : _images.Tree(image), idBase, cancel);
                try
                {
                    MountApi.SetAttributes(root, MountAttributes.ReadOnly);
                    return root;
                }
                catch
                {
                    root.Dispose();
                    throw;
                }
            }, cancel);
        });

    public string SnapshotDisk(string volume, string snapshot)
    {
        var directory = Existing(volume, InstanceKind.Machine);
        return Path.Combine(directory, MachineLayers.LayerOf(VolumeSnapshots.Existing(directory, snapshot)));
    }

    public DiskMerge? NextMerge(string volume) => MachineLayers.NextMerge(Existing(volume, InstanceKind.Machine));

    public Task MergeAsync(DiskMerge merge, CancellationToken cancel) =>
        Change($"merge {merge.Layer}", () => MachineLayers.MergeAsync(merge, cancel));

    public Task RemoveUnusedLayersAsync(string volume, CancellationToken cancel) =>
        Change($"remove unused disks of {volume}", () =>
        {
            MachineLayers.RemoveUnused(Existing(volume, InstanceKind.Machine));
            return Task.CompletedTask;
        });

    private static long? FreezeDisk(string directory, string staging)
    {
        var held = Linux.Trees.TreeUsage.OfFile(Path.Combine(directory, PoolLayout.DiskFile));
        MachineLayers.Freeze(directory, staging);
        return held;
    }

    /// <summary>Copies a snapshot into the snapshots of a volume that is being made, where nobody looks yet.</summary>
    private async Task CopyOneAsync(string source, string staged, InstanceKind kind, uint idBase, uint newIdBase, CancellationToken cancel)
    {
        if (kind == InstanceKind.Container)
        {
            await _roots.CopyAsync(source, staged, idBase, newIdBase, cancel);
            _roots.SealSnapshot(staged);
        }
        else
        {
            File.CreateSymbolicLink(Path.Combine(staged, PoolLayout.DiskFile), MachineLayers.LinkTo(MachineLayers.LayerOf(source)));
        }

        if (Path.Combine(source, PoolLayout.ConfigFile) is var config && File.Exists(config))
        {
            await ConfigCopy.WriteAsync(staged, await File.ReadAllBytesAsync(config, cancel), cancel);
        }

        Directory.Move(staged, Path.Combine(Path.GetDirectoryName(staged)!, Path.GetFileName(source)));
    }

    private void CompleteMachines()
    {
        foreach (var volume in PoolLayout.Finished(_layout.Machines))
        {
            try
            {
                MachineLayers.Complete(volume);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or BerthException)
            {
                // One damaged machine is no reason to keep the others from running.
                _log.BrokenLayers(volume, e.Message);
            }
        }
    }
}
