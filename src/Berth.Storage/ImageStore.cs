using Berth.Core.Instances;

namespace Berth.Storage;

/// <summary>
/// The images of a pool, each unpacked once and read by all volumes made from it. Who reads an image is what the volumes'
/// <see cref="PoolLayout.ImageLink"/> says, so that no count can be wrong after a crash; here it is only remembered.
/// </summary>
internal sealed partial class ImageStore
{
    private const string RemovedMark = "removed";

    private readonly PoolLayout _layout;
    private readonly IContainerRoots _roots;
    private readonly Trash _trash;
    private readonly Action<string> _sync;
    private readonly SharedFills _fills = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Volume, InstanceKind Kind), string> _readers = [];

    /// <param name="sync">Makes what was written in the pool durable.</param>
    public ImageStore(PoolLayout layout, IContainerRoots roots, Trash trash, Action<string> sync)
    {
        _layout = layout;
        _roots = roots;
        _trash = trash;
        _sync = sync;
        foreach (var kind in Enum.GetValues<InstanceKind>())
        {
            foreach (var volume in PoolLayout.Finished(layout.Volumes(kind)))
            {
                Remember(Path.GetFileName(volume), kind, volume);
            }
        }

        foreach (var image in PoolLayout.Finished(layout.Images))
        {
            DropIfUnused(Path.GetFileName(image));
        }
    }

    public string Tree(string fingerprint) => Path.Combine(_layout.Image(fingerprint), "root", "tree");

    public string Disk(string fingerprint) => Path.Combine(_layout.Image(fingerprint), PoolLayout.DiskFile);

    public string Files(string fingerprint) => Path.Combine(_layout.Image(fingerprint), "files");

    public bool HasTree(string fingerprint) => Directory.Exists(Tree(fingerprint)) && !IsRemoved(fingerprint);

    public bool HasDisk(string fingerprint) => File.Exists(Disk(fingerprint)) && !IsRemoved(fingerprint);

    public IReadOnlyList<string> List() =>
        [.. PoolLayout.Finished(_layout.Images).Select(path => Path.GetFileName(path)).Where(name => HasTree(name) || HasDisk(name))];

    public Task AddTreeAsync(string fingerprint, Func<string, CancellationToken, Task> fill, CancellationToken cancel) =>
        _fills.RunAsync("tree " + fingerprint, stop => AddAsync(fingerprint, HasTree, "root", async staging =>
        {
            var tree = Path.Combine(staging, "tree");
            _roots.MakeImageTree(tree);
            await fill(tree, stop);
            stop.ThrowIfCancellationRequested();
            _roots.SealImageTree(tree);
        }), cancel);

    public Task AddDiskAsync(string fingerprint, Func<string, CancellationToken, Task> fill, CancellationToken cancel) =>
        _fills.RunAsync("disk " + fingerprint, stop => AddAsync(fingerprint, HasDisk, PoolLayout.DiskFile, async staging =>
        {
            var disk = Path.Combine(staging, PoolLayout.DiskFile);
            await fill(disk, stop);
            stop.ThrowIfCancellationRequested();
            Qcow2.CheckImage(disk);
            File.SetUnixFileMode(disk, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }), cancel);

    /// <summary>Forgets the image; its content goes when the last reader has gone.</summary>
    public void Remove(string fingerprint)
    {
        lock (_lock)
        {
            var image = _layout.Image(fingerprint);
            if (!Directory.Exists(image))
            {
                return;
            }

            if (IsUnused(fingerprint))
            {
                _trash.Take(image);
            }
            else
            {
                File.WriteAllBytes(Path.Combine(image, RemovedMark), []);
            }
        }
    }

    public Task WhenIdleAsync() => _fills.WhenIdleAsync();

    private async Task AddAsync(string fingerprint, Func<string, bool> has, string name, Func<string, Task> make)
    {
        var image = _layout.Image(fingerprint);
        if (has(fingerprint) || Revive(image, name))
        {
            return;
        }

        var staging = Path.Combine(image, PoolLayout.StagingName());
        try
        {
            Begin(fingerprint, staging);
            await make(staging);
            _sync(image);
            Publish(staging, image, name);
        }
        catch
        {
            DropStaging(staging, image);
            throw;
        }
    }

    private void Begin(string fingerprint, string staging)
    {
        // Under the lock: a fill that fails takes the image's directory away where nothing else is in it.
        lock (_lock)
        {
            Directory.CreateDirectory(_layout.Image(fingerprint), PoolLayout.Traversable);
            Directory.CreateDirectory(Files(fingerprint), PoolLayout.Traversable);
            Directory.CreateDirectory(staging, PoolLayout.Private);
        }
    }

    private void Publish(string staging, string image, string name)
    {
        lock (_lock)
        {
            File.Delete(Path.Combine(image, RemovedMark));
            if (name == PoolLayout.DiskFile)
            {
                File.Move(Path.Combine(staging, name), Path.Combine(image, name));
                Directory.Delete(staging);
            }
            else
            {
                Directory.Move(staging, Path.Combine(image, name));
            }
        }
    }

    /// <summary>What was removed while volumes read it is there still, and is the same: the fingerprint says so.</summary>
    private bool Revive(string image, string name)
    {
        lock (_lock)
        {
            if (!Path.Exists(Path.Combine(image, name)))
            {
                return false;
            }

            File.Delete(Path.Combine(image, RemovedMark));
            return true;
        }
    }

    private void DropStaging(string staging, string image)
    {
        lock (_lock)
        {
            if (Directory.Exists(staging))
            {
                _trash.Take(staging);
            }

            var bare = Directory.Exists(image)
                && !Path.Exists(Path.Combine(image, "root")) && !Path.Exists(Path.Combine(image, PoolLayout.DiskFile))
                && !Directory.EnumerateDirectories(image).Any(PoolLayout.IsStaging);
            if (bare)
            {
                _trash.Take(image);
            }
        }
    }

    private bool IsRemoved(string fingerprint) => File.Exists(Path.Combine(_layout.Image(fingerprint), RemovedMark));
}
