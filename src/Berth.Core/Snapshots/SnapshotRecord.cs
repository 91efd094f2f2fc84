using System.Text.Json.Serialization;
using Berth.Core.Instances;
using Berth.Core.State;

namespace Berth.Core.Snapshots;

/// <summary>What a daemon had begun with a snapshot and not yet ended.</summary>
public enum SnapshotPhase
{
    /// <summary>Nothing is under way.</summary>
    Ready,

    /// <summary>Being taken: finished by the next daemon where the pool has it, else forgotten.</summary>
    Creating,

    /// <summary>Being renamed to <see cref="SnapshotRecord.NewName"/>: finished by the next daemon where the pool did it, else undone.</summary>
    Renaming,

    /// <summary>Being deleted: finished by the next daemon.</summary>
    Deleting,
}

/// <summary>A snapshot of an instance as it is stored. Immutable.</summary>
public sealed record SnapshotRecord
{
    public required string Name { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The zero time: never.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Bytes that it held by itself when it was taken; -1 where that was not known.</summary>
    public long Size { get; init; } = -1;

    /// <summary>The instance as it was then.</summary>
    public required InstanceRecord Instance { get; init; }

    public SnapshotPhase Phase { get; init; }

    public string NewName { get; init; } = "";

    /// <summary>The instance was frozen for it and has to be thawed.</summary>
    public bool Froze { get; init; }

    /// <summary>Name of its document: an instance keeps its uuid whatever it is called.</summary>
    internal string Key => KeyOf(Instance.Uuid, Name);

    internal static string KeyOf(Guid instance, string name) => $"{instance:N}/{name}";
}

internal static class SnapshotDocuments
{
    public static readonly DocumentKind<SnapshotRecord> Snapshots = new("snapshot", SnapshotJson.Default.SnapshotRecord);

    public static readonly DocumentKind<ScheduleRecord> Schedule = new("snapshot schedule", SnapshotJson.Default.ScheduleRecord);
}

/// <summary>What the scheduler remembers.</summary>
/// <param name="HandledUntil">Every snapshot that was due until then has been taken or given up.</param>
internal sealed record ScheduleRecord(DateTimeOffset HandledUntil);

[JsonSerializable(typeof(SnapshotRecord))]
[JsonSerializable(typeof(ScheduleRecord))]
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
internal sealed partial class SnapshotJson : JsonSerializerContext;
