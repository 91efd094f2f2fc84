namespace Berth.Core.Warnings;

/// <summary>How much a warning matters, as the API names it in lower case.</summary>
public enum WarningSeverity
{
    Low,
    Moderate,
    High,
}

/// <summary>Whether somebody has seen to it.</summary>
public enum WarningStatus
{
    New,
    Acknowledged,
    Resolved,
}

/// <summary>A kind of warning: the text that the Incus API has for it, and how much it matters.</summary>
public sealed record WarningKind(string Text, WarningSeverity Severity)
{
    public static readonly WarningKind PoolUnavailable = new("Storage pool unavailable", WarningSeverity.High);

    public static readonly WarningKind NetworkUnavailable = new("Network unavailable", WarningSeverity.High);

    public static readonly WarningKind AutostartFailed = new("Failed to autostart instance", WarningSeverity.Low);

    public static readonly WarningKind InstanceTypeNotOperational = new("Instance type not operational", WarningSeverity.Low);

    /// <param name="controller">As Incus spells it: CPU, CPUset, memory, pids.</param>
    public static WarningKind MissingController(string controller) => new($"Couldn't find the CGroup {controller} controller", WarningSeverity.Low);
}
