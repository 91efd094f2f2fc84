using System.Diagnostics.CodeAnalysis;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Storage;
using Berth.Core.Storage.Volumes;
using Berth.Linux.Files;
using Berth.Storage.Custom;
using Microsoft.Extensions.Logging;

namespace Berth.Storage;

/// <summary>
/// A pool, whatever its driver: names, images and their readers, staging, trash. What differs between the drivers is in
/// <see cref="IContainerRoots"/>. A volume is made under a staging name and appears by one rename; it is deleted by one rename.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "CloseAsync and DestroyAsync release them.")]
internal sealed partial class StoragePool : IStoragePool
{
    private readonly PoolLayout _layout;
    private readonly IContainerRoots _roots;
    private readonly IPoolHome _home;
    private readonly FileStream _lock;
    private readonly Trash _trash;
    private readonly ImageStore _images;
    private readonly ILogger _log;

    private StoragePool(
        PoolRecord record, PoolLayout layout, IContainerRoots roots, IVolumeTrees volumes, IPoolHome home, FileStream lockFile, Action<string, CancellationToken> remove, ILogger log)
    {
        Record = record;
        _layout = layout;
        _roots = roots;
        _home = home;
        _lock = lockFile;
        _log = log;
        RemoveHalfMade();
        CompleteMachines();
        _trash = new Trash(layout.Trash, remove, log);
        _images = new ImageStore(layout, roots, _trash, FileOperations.SyncFileSystem);
        Custom = new CustomVolumes(record, layout, volumes, _trash, log);
    }

    public PoolRecord Record { get; }

    public ICustomVolumes Custom { get; }

    /// <summary>Opens the pool in a directory and removes what a crash left half-made.</summary>
    /// <param name="remove">Removes one directory of the trash.</param>
    /// <exception cref="BerthException">Conflict: another daemon has the pool open.</exception>
    public static StoragePool Open(
        PoolRecord record, PoolLayout layout, IContainerRoots roots, IVolumeTrees volumes, IPoolHome home, Action<string, CancellationToken> remove, ILogger log)
    {
        layout.Create();
        var lockFile = Lock(record, layout);
        try
        {
            return new StoragePool(record, layout, roots, volumes, home, lockFile, remove, log);
        }
        catch
        {
            lockFile.Dispose();
            throw;
        }
    }

    public PoolSpace GetSpace()
    {
        var status = FileOperations.StatFileSystem(_layout.Root);
        return new PoolSpace(status.Size, status.Size - status.Available, status.Inodes, status.Inodes - status.FreeInodes);
    }

    public bool HasImageTree(string fingerprint) => _images.HasTree(Fingerprint(fingerprint));

    public string ImageTree(string fingerprint) => _images.Tree(Fingerprint(fingerprint));

    public bool HasImageDisk(string fingerprint) => _images.HasDisk(Fingerprint(fingerprint));

    public string ImageDirectory(string fingerprint) => _images.Files(Fingerprint(fingerprint));

    public IReadOnlyList<string> Images() => _images.List();

    public Task AddImageTreeAsync(string fingerprint, Func<string, CancellationToken, Task> fill, CancellationToken cancel) =>
        Change($"unpack image {Short(fingerprint)}", () => _images.AddTreeAsync(Fingerprint(fingerprint), fill, cancel));

    public Task AddImageDiskAsync(string fingerprint, Func<string, CancellationToken, Task> fill, CancellationToken cancel) =>
        Change($"add the disk of image {Short(fingerprint)}", () => _images.AddDiskAsync(Fingerprint(fingerprint), fill, cancel));

    public Task RemoveImageAsync(string fingerprint, CancellationToken cancel) =>
        Change($"remove image {Short(fingerprint)}", () => Task.Run(() => _images.Remove(Fingerprint(fingerprint)), cancel));

    public IReadOnlyList<(string Volume, InstanceKind Kind)> Volumes() =>
        [.. from kind in Enum.GetValues<InstanceKind>()
            from path in PoolLayout.Finished(_layout.Volumes(kind))
            select (Path.GetFileName(path), kind)];

    public Task DestroyAsync(CancellationToken cancel) => Change("remove the pool", async () =>
    {
        if (Volumes().Count + Custom.List().Count is var count and > 0)
        {
            throw BerthException.Conflict($"Storage pool {Record.Name} holds {count} volumes: delete or move the instances and custom volumes first");
        }

        foreach (var image in PoolLayout.Finished(_layout.Images))
        {
            _images.Remove(Path.GetFileName(image));
        }

        await _images.WhenIdleAsync().WaitAsync(cancel);
        await _trash.WhenEmptyAsync().WaitAsync(cancel);
        await _trash.DisposeAsync();
        _lock.Dispose();
        await _home.DestroyAsync(cancel);
    });

    public Task GrowAsync(long size, CancellationToken cancel) => Change("grow the pool", () => _home.GrowAsync(size, cancel));

    public Task CloseAsync(CancellationToken cancel) => Change("close the pool", async () =>
    {
        await _trash.DisposeAsync().AsTask().WaitAsync(cancel);
        await _lock.DisposeAsync();
        await _home.ReleaseAsync(cancel);
    });

    /// <summary>Ends when what was deleted so far is off the disk.</summary>
    internal Task WhenTrashEmptyAsync() => _trash.WhenEmptyAsync();

    /// <summary>Does a change to the disk and says in one way why it did not succeed.</summary>
    private async Task Change(string what, Func<Task> change)
    {
        try
        {
            await change();
        }
        catch (Exception e) when (StorageErrors.Translate(e, Record.Name, what) is { } error)
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

    private void RemoveHalfMade()
    {
        var staged = new[] { _layout.Containers, _layout.Machines }
            .Concat(PoolLayout.Finished(_layout.Images))
            .SelectMany(Directory.EnumerateDirectories)
            .Where(PoolLayout.IsStaging)
            .Concat(PoolLayout.Finished(_layout.Containers).SelectMany(_roots.HalfMade))
            .Concat(Volumes().SelectMany(v => VolumeSnapshots.HalfMade(_layout.Volume(v.Volume, v.Kind))))
            .Distinct();
        foreach (var path in staged.ToList())
        {
            _log.HalfMade(Record.Name, path);
            Directory.Move(path, Path.Combine(_layout.Trash, PoolLayout.StagingName()));
        }

        foreach (var image in PoolLayout.Finished(_layout.Images).Where(IsBare).ToList())
        {
            Directory.Move(image, Path.Combine(_layout.Trash, PoolLayout.StagingName()));
        }

        foreach (var (volume, kind) in Volumes())
        {
            File.Delete(Path.Combine(_layout.Volume(volume, kind), PoolLayout.NewConfigFile));
        }
    }

    private static bool IsBare(string image) =>
        !Directory.Exists(Path.Combine(image, "root")) && !File.Exists(Path.Combine(image, PoolLayout.DiskFile));

    private static FileStream Lock(PoolRecord record, PoolLayout layout)
    {
        try
        {
            return new FileStream(layout.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (!StorageErrors.IsFull(e))
        {
            throw new BerthException(ErrorKind.Conflict,
                $"Storage pool {record.Name}: {layout.Root} is in use by another berthd. Give each daemon a directory of its own", e);
        }
    }

    private static string Fingerprint(string fingerprint)
    {
        VolumeName.CheckFingerprint(fingerprint);
        return fingerprint;
    }

    private static string Short(string fingerprint) => fingerprint.Length > 12 ? fingerprint[..12] : fingerprint;
}
