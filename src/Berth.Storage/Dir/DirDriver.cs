using Berth.Core.Storage;
using Berth.Linux.Trees;
using Berth.Storage.Custom;
using Microsoft.Extensions.Logging;

namespace Berth.Storage.Dir;

/// <summary>Pools that are a directory on whatever filesystem the host has (ext4, xfs, …).</summary>
/// <param name="poolsDirectory">Where a pool lies that is made without a <c>source</c>.</param>
public sealed class DirDriver(string poolsDirectory, ILogger<DirDriver> log) : IStorageDriver
{
    private static readonly string[] Keys = ["source"];

    public string Name => "dir";

    public string? WhyNot(IReadOnlyDictionary<string, string> config) =>
        PoolConfig.WhyNot(Name, config, Keys)
        ?? (config.TryGetValue("source", out var source) && !Path.IsPathFullyQualified(source)
            ? $"The source of a dir pool is an absolute path; \"{source}\" is none"
            : null);

    public Task<PoolRecord> CreateAsync(PoolRecord pool, CancellationToken cancel)
    {
        PoolConfig.Check(pool, this);
        cancel.ThrowIfCancellationRequested();
        var source = PoolConfig.Source(pool, poolsDirectory);
        try
        {
            DirHome.CheckEmpty(source);
            new PoolLayout(source).Create();
        }
        catch (Exception e) when (StorageErrors.Translate(e, pool.Name, $"make {source}") is { } error)
        {
            throw error;
        }

        return Task.FromResult(pool with { Driver = Name, Config = pool.Config.SetItem("source", source) });
    }

    public Task<IStoragePool> OpenAsync(PoolRecord pool, CancellationToken cancel)
    {
        PoolConfig.Check(pool, this);
        return Task.Run<IStoragePool>(() =>
        {
            var layout = new PoolLayout(PoolConfig.Source(pool, poolsDirectory));
            var home = new DirHome(layout, poolsDirectory);
            try
            {
                return StoragePool.Open(pool, layout, new OverlayRoots(layout), new FolderTrees(), home, (path, stop) => TreeRemover.Remove(path, null, stop), log);
            }
            catch (Exception e) when (StorageErrors.Translate(e, pool.Name, "open the pool") is { } error)
            {
                throw error;
            }
        }, cancel);
    }
}
