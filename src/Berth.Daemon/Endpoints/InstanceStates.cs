using Berth.Core.Instances;
using Berth.Core.Profiles;
using Berth.Core.Storage;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Endpoints;

/// <summary>Reads the live side of instances with a deadline: one that hangs costs its own figures, never the listing.</summary>
internal sealed partial class InstanceStates(ProfileService profiles, PoolService pools, ILogger<InstanceStates> log)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    /// <param name="count">Whether the disk's use may be counted file by file where the pool has no figure: of one instance, not of all.</param>
    public async Task<Api.InstanceState> ReadAsync(Instance instance, bool count, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Deadline);
        return await ReadAsync(instance, count, deadline.Token, cancel);
    }

    /// <summary>The states of many, in their order. All are read at once, so they share the deadline.</summary>
    public async Task<Api.InstanceState[]> ReadAllAsync(IReadOnlyList<Instance> instances, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Deadline);
        var states = new Task<Api.InstanceState>[instances.Count];

        // Most of the reading is calls of the kernel, which all processors can make.
        await Task.WhenAll(Spread.Over(instances.Count).Select(range => Task.Run(
            () =>
            {
                for (var i = range.First; i < range.End; i++)
                {
                    states[i] = ReadAsync(instances[i], count: false, deadline.Token, cancel);
                }
            },
            cancel)));
        return await Task.WhenAll(states);
    }

    private async Task<Api.InstanceState> ReadAsync(Instance instance, bool count, CancellationToken deadline, CancellationToken cancel)
    {
        var usage = instance.Running is { } running ? await TryAsync(instance, running.GetUsageAsync, deadline, cancel) : null;
        var record = instance.Record;
        var disk = await TryAsync(instance, async c => new Disk(await pools.Get(record.Pool).GetUsageAsync(record.Id.Key, record.Kind, count, c)), deadline, cancel);
        return InstanceStateMap.ToWire(instance, usage, disk?.Usage, profiles.Expand(record).Root?.Key);
    }

    private async Task<T?> TryAsync<T>(Instance instance, Func<CancellationToken, Task<T>> read, CancellationToken deadline, CancellationToken cancel)
        where T : class
    {
        try
        {
            return await read(deadline).WaitAsync(deadline);
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
