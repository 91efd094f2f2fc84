using System.Collections.Immutable;

namespace Berth.Core.Instances;

/// <summary>What a daemon had begun with an instance and not yet ended.</summary>
public enum InstancePhase
{
    /// <summary>Nothing is under way.</summary>
    Ready,

    /// <summary>Being created: undone by the next daemon.</summary>
    Creating,

    /// <summary>Being started: finished by the next daemon.</summary>
    Starting,

    /// <summary>Being deleted: finished by the next daemon.</summary>
    Deleting,
}

/// <summary>An instance as it is stored: its own configuration, before profiles are applied. Immutable.</summary>
public sealed record InstanceRecord
{
    public required string Project { get; init; }

    public required string Name { get; init; }

    public required InstanceKind Kind { get; init; }

    public required Guid Uuid { get; init; }

    public string Description { get; init; } = "";

    public string Architecture { get; init; } = "x86_64";

    public ImmutableSortedDictionary<string, string> Config { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Devices { get; init; } =
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty;

    public ImmutableArray<string> Profiles { get; init; } = [];

    public bool Ephemeral { get; init; }

    public bool Stateful { get; init; }

    /// <summary>The storage pool that holds the root.</summary>
    public required string Pool { get; init; }

    /// <summary>Fingerprint of the image that the root was made from; empty for an empty instance.</summary>
    public string Image { get; init; } = "";

    /// <summary>First host id of its own range of 65,536 (a machine's QEMU runs as this uid).</summary>
    public uint IdBase { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset LastUsedAt { get; init; }

    /// <summary>It ran when its state was last written: after a host boot it is started again.</summary>
    public bool WasRunning { get; init; }

    /// <summary>What was under way when the record was written; the next daemon finishes or undoes it.</summary>
    public InstancePhase Phase { get; init; }

    /// <summary>A snapshot that it is being put back to; the next daemon finishes that.</summary>
    public PendingRestore? Restoring { get; init; }

    /// <summary>A move of its root to another pool; the next daemon finishes or undoes that.</summary>
    public PendingMove? Moving { get; init; }

    public InstanceId Id => new(Project, Name);
}

/// <param name="DiskOnly">The configuration stays.</param>
/// <param name="Start">It is to be started afterwards.</param>
public sealed record PendingRestore(string Snapshot, bool DiskOnly, bool Start);

/// <param name="To">The pool that it moves to.</param>
/// <param name="From">The pool that it comes from. Whichever of the two is not <see cref="InstanceRecord.Pool"/> holds what is to be removed.</param>
public sealed record PendingMove(string From, string To);
