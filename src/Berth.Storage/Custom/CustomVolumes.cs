using Berth.Core;
using Berth.Core.Storage;
using Berth.Core.Storage.Volumes;
using Berth.Linux.Files;
using Berth.Linux.Mounts;
using Berth.Linux.Namespaces;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Berth.Storage.Custom;

/// <summary>
/// The custom volumes of a pool: <c>custom/VOLUME/data</c> holds the driver's tree or the disk, <c>custom/VOLUME/snapshots/NAME</c> the same
/// of a snapshot. Everything is made under a staging name and appears by one rename; it is deleted by one rename into the trash.
/// </summary>
internal sealed partial class CustomVolumes : ICustomVolumes
{
    private const string Data = "data";
    private const string Snapshots = "snapshots";

    private readonly PoolRecord _pool;
    private readonly PoolLayout _layout;
    private readonly IVolumeTrees _trees;
    private readonly Trash _trash;
    private readonly ILogger _log;

    /// <summary>Removes what a crash left half-made.</summary>
    public CustomVolumes(PoolRecord pool, PoolLayout layout, IVolumeTrees trees, Trash trash, ILogger log)
    {
        _pool = pool;
        _layout = layout;
        _trees = trees;
        _trash = trash;
        _log = log;
        foreach (var path in HalfMade().ToList())
        {
            _log.HalfMade(pool.Name, path);
            _trash.Take(path);
        }
    }

    public IReadOnlyList<string> List() => [.. PoolLayout.Finished(_layout.Custom).Select(path => Path.GetFileName(path))];

    public bool Exists(string volume, string? snapshot = null)
    {
        VolumeName.Check(volume);
        return Directory.Exists(snapshot is null ? Path.Combine(Home(volume), Data) : SnapshotHome(volume, snapshot));
    }

    public Task CreateFilesystemAsync(string volume, long? size, VolumeRoot root, Func<string, CancellationToken, Task>? fill, CancellationToken cancel) =>
        MakeAsync(volume, data => MakeTreeAsync(data, size, root, fill, cancel), cancel);

    public Task CreateBlockAsync(
        string volume, VolumeContent content, long? size, Func<string, CancellationToken, Task>? fill, CancellationToken cancel) =>
        MakeAsync(volume, data => MakeDiskAsync(data, content, size, fill, cancel), cancel);

    public Task<SafeFileHandle> MountAsync(string volume, string? snapshot, uint? idBase, bool readOnly, CancellationToken cancel) =>
        Change($"mount the volume {volume}", () => Task.Run(() =>
        {
            var attributes = MountAttributes.NoDevices | (readOnly || snapshot is not null ? MountAttributes.ReadOnly : MountAttributes.None);
            var mount = _trees.Mount(Existing(volume, snapshot), attributes);
            try
            {
                if (idBase is { } first)
                {
                    using var userNamespace = UserNamespaceFd.Create(new IdMap(first));
                    MountApi.SetAttributes(mount, userNamespace: userNamespace);
                }

                return mount;
            }
            catch
            {
                mount.Dispose();
                throw;
            }
        }, cancel));

    public string DiskPath(string volume, string? snapshot, VolumeContent content) => VolumeDisks.FileIn(Existing(volume, snapshot), content);

    public Task ResizeAsync(string volume, VolumeContent content, long? size, bool inUse, CancellationToken cancel) =>
        Change($"resize the volume {volume}", () =>
        {
            var data = Existing(volume, null);
            if (content == VolumeContent.Filesystem)
            {
                return _trees.ResizeAsync(data, size, inUse, cancel);
            }

            VolumeDisks.Resize(data, content, size, inUse);
            return Task.CompletedTask;
        });

    public void SetCompression(string volume, string? algorithm) => _trees.SetCompression(Existing(volume, null), algorithm);

    public Task<(long Used, long Total)> GetUsageAsync(string volume, VolumeContent content, CancellationToken cancel) =>
        Change($"read the usage of the volume {volume}", () =>
        {
            var data = Existing(volume, null);
            return content == VolumeContent.Filesystem ? _trees.GetUsageAsync(data, cancel) : Task.FromResult(VolumeDisks.Usage(data, content));
        });

    public Task CopyAsync(string volume, string? snapshot, string newName, VolumeContent content, bool inUse, CancellationToken cancel) =>
        MakeAsync(newName, data => CopyDataAsync(Existing(volume, snapshot), data, content, inUse && snapshot is null, cancel), cancel);

    public void Rename(string volume, string newName)
    {
        var from = Home(volume);
        var to = Free(newName);
        Directory.Move(from, to);
    }

    public void Delete(string volume)
    {
        VolumeName.Check(volume);
        if (Directory.Exists(Home(volume)))
        {
            _trash.Take(Home(volume));
        }
    }

    public Task WriteConfigCopyAsync(string volume, ReadOnlyMemory<byte> json, CancellationToken cancel) =>
        Change($"write the configuration copy of the volume {volume}", () => ConfigCopy.WriteAsync(Home(volume), json, cancel));

    private async Task MakeTreeAsync(string data, long? size, VolumeRoot root, Func<string, CancellationToken, Task>? fill, CancellationToken cancel)
    {
        await _trees.CreateAsync(data, size, root, cancel);
        if (fill is not null)
        {
            using var mount = _trees.Mount(data, MountAttributes.NoDevices);
            await fill(Linux.Fd.ProcPath(mount), cancel);
            FileOperations.SyncFileSystem(Linux.Fd.ProcPath(mount));
        }
    }

    private Task MakeDiskAsync(string data, VolumeContent content, long? size, Func<string, CancellationToken, Task>? fill, CancellationToken cancel)
    {
        PrepareForDisk(data, content);
        return VolumeDisks.CreateAsync(data, content, size, fill, cancel);
    }

    private Task MakeDataAsync(string data, VolumeContent content, long? size, Func<string, CancellationToken, Task> fill, CancellationToken cancel) =>
        content == VolumeContent.Filesystem ? MakeTreeAsync(data, size, new(), fill, cancel) : MakeDiskAsync(data, content, size, fill, cancel);

    private async Task CopyDataAsync(string from, string to, VolumeContent content, bool inUse, CancellationToken cancel)
    {
        if (content == VolumeContent.Filesystem)
        {
            await _trees.CopyAsync(from, to, inUse, cancel);
            return;
        }

        PrepareForDisk(to, content);
        await Task.Run(() => VolumeDisks.Copy(from, to, content, inUse, cancel), cancel);
    }

    private Task MakeAsync(string volume, Func<string, Task> make, CancellationToken cancel) => Change($"make the volume {volume}", async () =>
    {
        var target = Free(volume);
        cancel.ThrowIfCancellationRequested();
        var staging = Path.Combine(_layout.Custom, PoolLayout.StagingName());
        try
        {
            Directory.CreateDirectory(staging, PoolLayout.Traversable);
            Directory.CreateDirectory(Path.Combine(staging, Snapshots), PoolLayout.Private);
            var data = Path.Combine(staging, Data);
            Directory.CreateDirectory(data, PoolLayout.Traversable);
            await make(data);
            Directory.Move(staging, target);
        }
        catch
        {
            Abandon(staging);
            throw;
        }
    });

    /// <summary>On btrfs a guest's small writes would scatter its disk.</summary>
    private void PrepareForDisk(string data, VolumeContent content)
    {
        if (content == VolumeContent.Block && _trees is SubvolumeTrees)
        {
            Linux.Files.Btrfs.DisableCopyOnWrite(data);
        }
    }

    private void Abandon(string staging)
    {
        try
        {
            if (Directory.Exists(staging))
            {
                _trash.Take(staging);
            }
        }
        catch (IOException e)
        {
            // The first error is the one to tell; what is left has a staging name, which the next opening removes.
            _log.NotRemoved(staging, e.Message);
        }
    }

    private IEnumerable<string> HalfMade()
    {
        foreach (var volume in Directory.EnumerateDirectories(_layout.Custom))
        {
            if (PoolLayout.IsStaging(volume))
            {
                yield return volume;
                continue;
            }

            File.Delete(Path.Combine(volume, PoolLayout.NewConfigFile));
            var inside = Directory.EnumerateDirectories(volume).Concat(Directory.EnumerateDirectories(Path.Combine(volume, Snapshots))).Where(PoolLayout.IsStaging);
            foreach (var path in inside.Concat(FolderTrees.HalfMade(Path.Combine(volume, Data))))
            {
                yield return path;
            }
        }
    }

    private string Home(string volume)
    {
        VolumeName.Check(volume);
        return Path.Combine(_layout.Custom, volume);
    }

    private string SnapshotHome(string volume, string snapshot)
    {
        VolumeName.Check(snapshot);
        return Path.Combine(Home(volume), Snapshots, snapshot);
    }

    private string Existing(string volume, string? snapshot)
    {
        var data = snapshot is null ? Path.Combine(Home(volume), Data) : SnapshotHome(volume, snapshot);
        return Directory.Exists(data)
            ? data
            : throw BerthException.NotFound($"Storage pool {_pool.Name} has no custom volume {volume}{(snapshot is null ? "" : $" with a snapshot {snapshot}")}");
    }

    private string Free(string volume) =>
        !Path.Exists(Home(volume)) ? Home(volume) : throw BerthException.Conflict($"Storage pool {_pool.Name} has a custom volume {volume} already");

    private async Task Change(string what, Func<Task> change)
    {
        try
        {
            await change();
        }
        catch (Exception e) when (StorageErrors.Translate(e, _pool.Name, what) is { } error)
        {
            throw error;
        }
    }

    private async Task<T> Change<T>(string what, Func<Task<T>> change)
    {
        T? result = default;
        await Change(what, async () => { result = await change(); });
        return result!;
    }
}
