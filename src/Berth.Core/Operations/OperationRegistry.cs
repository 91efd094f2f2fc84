using System.Collections.Concurrent;
using System.Collections.Immutable;
using Berth.Core.Events;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Operations;

/// <summary>All operations: those under way, and for a while those that ended, so that a client may still ask for the result.</summary>
public sealed partial class OperationRegistry(EventHub events, TimeProvider time, ILogger<OperationRegistry> log)
{
    /// <summary>How long an ended operation can still be read.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Guid, Operation> _operations = new();

    public IEnumerable<Operation> All => _operations.Values.OrderBy(o => o.View.CreatedAt);

    /// <exception cref="BerthException">NotFound.</exception>
    public Operation Get(string id) =>
        Guid.TryParse(id, out var guid) && _operations.TryGetValue(guid, out var operation)
            ? operation
            : throw Missing(id);

    public static BerthException Missing(string id) =>
        BerthException.NotFound($"There is no operation \"{id}\" (ended ones are kept for {Retention.TotalSeconds:0} s)");

    /// <summary>Starts <paramref name="work"/> in the background and returns at once.</summary>
    public Operation Start(OperationRequest request, Func<Operation, CancellationToken, Task> work)
    {
        var now = time.GetUtcNow();
        var operation = new Operation(
            new()
            {
                Id = Guid.NewGuid(),
                Project = request.Project,
                Class = request.Class,
                Description = request.Description,
                CreatedAt = now,
                UpdatedAt = now,
                Resources = request.Resources,
                Metadata = request.Metadata,
                MayCancel = request.MayCancel,
            },
            time,
            Publish)
        {
            Connect = request.Connect,
        };
        _operations[operation.Id] = operation;
        _ = Task.Run(() => RunAsync(operation, work));
        return operation;
    }

    private async Task RunAsync(Operation operation, Func<Operation, CancellationToken, Task> work)
    {
        await operation.RunAsync(work);
        if (operation.Failure is { } failure)
        {
            LogFailure(failure, operation.View.Description);
        }

        // A timer, not a poll: the entry goes when nobody can be waiting for the answer any more.
        await Task.Delay(Retention, time);
        _operations.TryRemove(operation.Id, out _);
    }

    private void Publish(Operation operation)
    {
        if (!events.IsIdle)
        {
            var view = operation.View;
            events.Send(new OperationEvent(view.UpdatedAt, view.Project, view));
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Description} failed unexpectedly")]
    private partial void LogFailure(Exception failure, string description);
}

/// <summary>What an operation is to be.</summary>
/// <param name="Description">As Incus words it, for example "Creating instance".</param>
public sealed record OperationRequest(string Project, string Description)
{
    public OperationClass Class { get; init; } = OperationClass.Task;

    public ImmutableSortedDictionary<string, ImmutableArray<string>> Resources { get; init; } =
        ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    public ImmutableSortedDictionary<string, object> Metadata { get; init; } = ImmutableSortedDictionary<string, object>.Empty;

    public bool MayCancel { get; init; }

    public Func<string, IWebSocketOffer, Task>? Connect { get; init; }
}
