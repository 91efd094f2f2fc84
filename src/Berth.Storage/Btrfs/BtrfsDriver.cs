using Berth.Core;
using Berth.Core.Resources;
using Berth.Core.Storage;
using Berth.Linux.Trees;
using Berth.Storage.Custom;
using Berth.Storage.Dir;
using Microsoft.Extensions.Logging;
using Filesystem = Berth.Linux.Files.Btrfs;

namespace Berth.Storage.Btrfs;

/// <summary>
/// Pools on btrfs: in a directory that is on it (<c>source</c> is its path), or in a file that Berth makes and mounts (no
/// <c>source</c>, or the pool's default directory, where that is not on btrfs or a <c>size</c> is given).
/// </summary>
/// <param name="poolsDirectory">Where files are made and mounted.</param>
public sealed class BtrfsDriver(string poolsDirectory, ILogger<BtrfsDriver> log) : IStorageDriver
{
    private const string FileSuffix = ".img";
    private static readonly string[] Keys = ["source", "size"];

    public IReadOnlyCollection<string> ConfigKeys => Keys;

    public string Name => "btrfs";

    public string? WhyNot(IReadOnlyDictionary<string, string> config)
    {
        if (PoolConfig.WhyNot(Name, config, Keys) is { } reason)
        {
            return reason;
        }

        if (!File.Exists("/sys/fs/btrfs/features/free_space_tree") && !File.ReadAllText("/proc/filesystems").Contains("\tbtrfs\n", StringComparison.Ordinal))
        {
            return "The kernel has no btrfs (load the module: modprobe btrfs)";
        }

        return config.TryGetValue("source", out var source) && source.Length > 0 ? WhyNotSource(source, config.ContainsKey("size")) : null;
    }

    public async Task<PoolRecord> CreateAsync(PoolRecord pool, CancellationToken cancel)
    {
        PoolConfig.Check(pool, this);
        try
        {
            return await MakeAsync(pool, cancel);
        }
        catch (Exception e) when (StorageErrors.Translate(e, pool.Name, "make the pool") is { } error)
        {
            throw error;
        }
    }

    public Task<IStoragePool> OpenAsync(PoolRecord pool, CancellationToken cancel)
    {
        PoolConfig.Check(pool, this);
        return Task.Run<IStoragePool>(() =>
        {
            try
            {
                return Open(pool);
            }
            catch (Exception e) when (StorageErrors.Translate(e, pool.Name, "open the pool") is { } error)
            {
                throw error;
            }
        }, cancel);
    }

    private async Task<PoolRecord> MakeAsync(PoolRecord pool, CancellationToken cancel)
    {
        var directory = PoolConfig.Source(pool, poolsDirectory);
        if (!InFile(pool, directory))
        {
            DirHome.CheckEmpty(directory);
            new PoolLayout(directory).Create();
            return pool with { Driver = Name, Config = pool.Config.SetItem("source", directory) };
        }

        long? size = pool.Config.TryGetValue("size", out var text) ? ByteSize.Parse("size", text) : null;
        var made = await LoopHome.CreateAsync(pool, LoopFile(pool), size, cancel);
        return pool with
        {
            Driver = Name,
            Config = pool.Config.SetItem("source", LoopFile(pool)).SetItem("size", text ?? $"{made}B"),
        };
    }

    private StoragePool Open(PoolRecord pool)
    {
        var source = PoolConfig.Source(pool, poolsDirectory);
        if (!InFile(pool, source))
        {
            var layout = new PoolLayout(source);
            return Open(pool, layout, new DirHome(layout, poolsDirectory, Filesystem.TryDeleteSubvolume));
        }

        var file = LoopFile(pool);
        if (!File.Exists(file))
        {
            throw BerthException.NotFound($"Storage pool {pool.Name}: its file {file} is gone. Restore it, or delete the pool");
        }

        var mountPoint = Path.Combine(poolsDirectory, pool.Name);
        var home = new LoopHome(file, mountPoint);
        home.Mount();
        return Open(pool, new PoolLayout(mountPoint), home);
    }

    private StoragePool Open(PoolRecord pool, PoolLayout layout, IPoolHome home)
    {
        layout.Create();
        // A guest's small writes would scatter its disk, and QEMU wants no checksum over a page that the guest still changes.
        Filesystem.DisableCopyOnWrite(layout.Machines);
        var quota = new SubvolumeQuota(layout.Root);
        return StoragePool.Open(pool, layout, new SubvolumeRoots(quota), new SubvolumeTrees(quota), home,
            (path, stop) => TreeRemover.Remove(path, Filesystem.TryDeleteSubvolume, stop), log);
    }

    private string? WhyNotSource(string source, bool hasSize)
    {
        if (!Path.IsPathFullyQualified(source))
        {
            return $"The source of a btrfs pool is an absolute path; \"{source}\" is none";
        }

        if (IsInPools(source))
        {
            return null;
        }

        if (File.Exists(source))
        {
            return $"{source} is no directory: format and mount it (mkfs.btrfs, mount) and give the directory, or give no source and a size";
        }

        if (StorageDrivers.Auto(source) != Name)
        {
            return $"{source} is not on btrfs: use the driver dir there, or give no source to have a btrfs file made";
        }

        return hasSize ? "A directory that is on btrfs already takes no size: the filesystem has one" : null;
    }

    /// <summary>In the daemon's own directory the driver makes what it needs: a file, unless that directory is on btrfs already.</summary>
    private bool InFile(PoolRecord pool, string source) =>
        source == LoopFile(pool) || (IsInPools(source) && (pool.Config.ContainsKey("size") || StorageDrivers.Auto(source) != Name));

    private bool IsInPools(string source) => Path.GetDirectoryName(source) == Path.TrimEndingDirectorySeparator(poolsDirectory);

    private string LoopFile(PoolRecord pool) => Path.Combine(poolsDirectory, pool.Name + FileSuffix);
}
