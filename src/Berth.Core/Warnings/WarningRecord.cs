namespace Berth.Core.Warnings;

/// <summary>Something that an administrator should look at, as it is stored. What happens again is counted, not stored again.</summary>
public sealed record WarningRecord
{
    public required Guid Id { get; init; }

    /// <summary>Empty where it belongs to no project.</summary>
    public string Project { get; init; } = "";

    public required string Type { get; init; }

    public required WarningSeverity Severity { get; init; }

    public WarningStatus Status { get; init; }

    /// <summary>API path of what it is about; empty for the server.</summary>
    public string EntityUrl { get; init; } = "";

    public int Count { get; init; }

    public DateTimeOffset FirstSeenAt { get; init; }

    public DateTimeOffset LastSeenAt { get; init; }

    public string LastMessage { get; init; } = "";
}
