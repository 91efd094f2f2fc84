using Berth.Core.Instances;
using Berth.Core.Profiles;
using Berth.Core.Storage;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Endpoints;

/// <summary>Reads the live side of an instance with a deadline: one that hangs costs its own figures, never the listing.</summary>
internal sealed partial class InstanceStates(ProfileService profiles, PoolService pools, ILogger<InstanceStates> log)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    /// <param name="count">Whether the disk's use may be counted file by file where the pool has no figure: of one instance, not of all.</param>
    public async Task<Api.InstanceState> ReadAsync(Instance instance, bool count, CancellationToken cancel)
    {
        var usage = instance.Running is { } running ? await TryAsync(instance, c => running.GetUsageAsync(c), cancel) : null;
        var record = instance.Record;
        var disk = await TryAsync(instance, async c => new Disk(await pools.Get(record.Pool).GetUsageAsync(record.Id.Key, record.Kind, count, c)), cancel);
        return InstanceStateMap.ToWire(instance, usage, disk?.Usage, profiles.Expand(record).Root?.Key);
    }

    private async Task<T?> TryAsync<T>(Instance instance, Func<CancellationToken, Task<T>> read, CancellationToken cancel)
        where T : class
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Deadline);
        try
        {
            return await read(deadline.Token).WaitAsync(Deadline, cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            LogUnread(instance.Id, e.Message);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Use of {Instance} could not be read: {Reason}")]
    private partial void LogUnread(InstanceId instance, string reason);

    private sealed record Disk((long Used, long Total)? Usage);
}
