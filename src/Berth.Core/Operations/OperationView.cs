using System.Collections.Immutable;

namespace Berth.Core.Operations;

/// <summary>Class of an operation, as the API names it in lower case.</summary>
public enum OperationClass
{
    Task,
    Websocket,
    Token,
}

/// <summary>Status with the API's codes.</summary>
public enum OperationStatus
{
    Created = 100,
    Running = 103,
    Cancelling = 104,
    Pending = 105,
    Success = 200,
    Failure = 400,
    Cancelled = 401,
}

/// <summary>An operation at one moment. Immutable; <see cref="Operation"/> swaps it as a whole.</summary>
public sealed record OperationView
{
    public required Guid Id { get; init; }

    public required string Project { get; init; }

    public required OperationClass Class { get; init; }

    public required string Description { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public OperationStatus Status { get; init; } = OperationStatus.Pending;

    /// <summary>Collection (<c>instances</c>, <c>images</c>, …) to API paths.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Resources { get; init; } =
        ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>What the operation tells: progress, <c>return</c>, <c>fds</c>, <c>fingerprint</c>, … (strings, numbers, or maps of strings).</summary>
    public ImmutableSortedDictionary<string, object> Metadata { get; init; } = ImmutableSortedDictionary<string, object>.Empty;

    public bool MayCancel { get; init; }

    public string Error { get; init; } = "";

    public ErrorKind? ErrorKind { get; init; }

    public bool IsFinal => Status is OperationStatus.Success or OperationStatus.Failure or OperationStatus.Cancelled;
}
