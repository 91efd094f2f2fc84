using System.Collections.Concurrent;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.State;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Storage;

/// <summary>The host's storage pools: stored, opened at start-up, found by name.</summary>
public sealed partial class PoolService(
    IStateStore store,
    IReadOnlyList<IStorageDriver> drivers,
    Func<string, string> automaticDriver,
    HostLayout layout,
    EventHub events,
    ILogger<PoolService> log)
{
    private const string Host = "";
    private static readonly TimeSpan OpenDeadline = TimeSpan.FromMinutes(2);

    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly ConcurrentDictionary<string, IStoragePool> _open = new();
    private readonly ConcurrentDictionary<string, string> _failed = new();
    private readonly Dictionary<string, IStorageDriver> _drivers = drivers.ToDictionary(d => d.Name);

    public IReadOnlyCollection<string> Drivers => _drivers.Keys;

    /// <summary>Opens every pool; one that cannot be opened is reported and leaves the others alone.</summary>
    public Task OpenAllAsync(CancellationToken cancel) =>
        Task.WhenAll(store.List(Documents.Pools).Select(d => OpenAsync(d.Value, cancel)));

    public IReadOnlyList<PoolRecord> List() => [.. store.List(Documents.Pools).Select(d => d.Value)];

    public PoolRecord GetRecord(string name) =>
        store.Find(Documents.Pools, Host, name)?.Value
        ?? throw BerthException.NotFound(
            $"There is no storage pool \"{name}\"" + (List() is { Count: > 0 } pools
                ? $"; available: {string.Join(", ", pools.Select(p => p.Name))}"
                : "; create one with: berth storage create default auto"));

    /// <exception cref="BerthException">NotFound; Conflict when it could not be opened, with the reason.</exception>
    public IStoragePool Get(string name) =>
        _open.TryGetValue(name, out var pool) ? pool
        : _failed.TryGetValue(name, out var reason)
            ? throw BerthException.Conflict($"The storage pool \"{GetRecord(name).Name}\" is not available: {reason}")
            : throw BerthException.NotFound($"There is no storage pool \"{GetRecord(name).Name}\" open");

    public IEnumerable<IStoragePool> Open => _open.Values;

    public async Task<PoolRecord> CreateAsync(PoolRecord wanted, CancellationToken cancel)
    {
        ValidateName(wanted.Name);
        await _changing.WaitAsync(cancel);
        try
        {
            if (store.Find(Documents.Pools, Host, wanted.Name) is not null)
            {
                throw BerthException.Conflict($"The storage pool \"{wanted.Name}\" already exists");
            }

            var driver = Choose(wanted);
            var complete = wanted.Config.ContainsKey("source")
                ? wanted
                : wanted with { Config = wanted.Config.SetItem("source", Path.Combine(layout.Pools, wanted.Name)) };
            if (driver.WhyNot(complete.Config) is { } reason)
            {
                throw BerthException.BadRequest($"The storage driver {driver.Name} cannot serve \"{wanted.Name}\": {reason}");
            }

            var created = await driver.CreateAsync(complete with { Driver = driver.Name }, cancel);
            store.Put(Documents.Pools, Host, created.Name, created, expected: 0);
            _open[created.Name] = await driver.OpenAsync(created, cancel);
            events.Lifecycle("storage-pool-created", InstanceId.DefaultProject, $"/1.0/storage-pools/{created.Name}", created.Name);
            return created;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Changes the description, <c>user.*</c>, what new volumes get (<c>volume.*</c>), and the size of a pool in a file, which grows.</summary>
    public async Task<PoolRecord> UpdateAsync(PoolRecord changed, CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel);
        try
        {
            var old = GetRecord(changed.Name);
            var keys = old.Config.Keys.Union(changed.Config.Keys).Where(k => old.Config.GetValueOrDefault(k, "") != changed.Config.GetValueOrDefault(k, "")).ToList();
            foreach (var key in keys)
            {
                RefuseFixed(old, key, changed.Config.GetValueOrDefault(key, ""));
            }

            if (keys.Contains("size"))
            {
                await Get(old.Name).GrowAsync(Resources.ByteSize.Parse("size", changed.Config["size"]), cancel);
            }

            store.Put(Documents.Pools, Host, changed.Name, changed with { Driver = old.Driver });
            events.Lifecycle("storage-pool-updated", InstanceId.DefaultProject, $"/1.0/storage-pools/{changed.Name}", changed.Name);
            return changed;
        }
        finally
        {
            _changing.Release();
        }
    }

    private static void RefuseFixed(PoolRecord pool, string key, string value)
    {
        if (key.StartsWith("user.", StringComparison.Ordinal) || (key == "size" && value.Length > 0))
        {
            return;
        }

        if (!key.StartsWith("volume.", StringComparison.Ordinal))
        {
            throw BerthException.BadRequest($"The key {key} of the storage pool \"{pool.Name}\" cannot be changed after its creation");
        }

        if (value.Length > 0 && Volumes.VolumeConfig.WhyNotDefault(key, value, pool.Driver) is { } reason)
        {
            throw BerthException.BadRequest(reason);
        }
    }

    public async Task DeleteAsync(string name, IReadOnlyCollection<string> users, CancellationToken cancel)
    {
        if (users.Count > 0)
        {
            throw BerthException.Conflict($"The storage pool \"{name}\" is used by {string.Join(", ", users.Take(5))}; remove them first");
        }

        await _changing.WaitAsync(cancel);
        try
        {
            var pool = Get(name);
            foreach (var fingerprint in pool.Images())
            {
                await pool.RemoveImageAsync(fingerprint, cancel);
            }

            await pool.DestroyAsync(cancel);
            _open.TryRemove(name, out _);
            store.Delete(Documents.Pools, Host, name);
            events.Lifecycle("storage-pool-deleted", InstanceId.DefaultProject, $"/1.0/storage-pools/{name}", name);
        }
        finally
        {
            _changing.Release();
        }
    }

    private static void ValidateName(string name)
    {
        if (name.Length is 0 or > 63 || !char.IsAsciiLetterOrDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw BerthException.BadRequest($"Invalid storage pool name \"{name}\": 1 to 63 letters, digits, hyphens and underscores, beginning with a letter or digit");
        }
    }

    /// <summary><c>auto</c> takes btrfs where the directory lies on btrfs, else dir.</summary>
    private IStorageDriver Choose(PoolRecord wanted)
    {
        var name = wanted.Driver is "auto" or "" ? automaticDriver(wanted.Config.GetValueOrDefault("source", layout.Pools)) : wanted.Driver;
        return _drivers.TryGetValue(name, out var driver)
            ? driver
            : throw BerthException.BadRequest($"There is no storage driver \"{name}\" here; available: auto, {string.Join(", ", _drivers.Keys)}");
    }

    private async Task OpenAsync(PoolRecord pool, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(OpenDeadline);
        try
        {
            var driver = _drivers.GetValueOrDefault(pool.Driver)
                ?? throw BerthException.Unsupported($"this Berth has no storage driver \"{pool.Driver}\"");
            _open[pool.Name] = await driver.OpenAsync(pool, deadline.Token);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            _failed[pool.Name] = e.Message;
            LogOpenFailed(e, pool.Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Storage pool {Pool} cannot be opened; its instances stay stopped")]
    private partial void LogOpenFailed(Exception failure, string pool);
}
