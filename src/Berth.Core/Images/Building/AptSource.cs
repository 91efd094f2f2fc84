namespace Berth.Core.Images.Building;

/// <summary>One archive of the host's apt configuration, from a one-line or a deb822 entry (sources.list(5)).</summary>
internal sealed record AptSource
{
    public required string Uri { get; init; }

    public required string Suite { get; init; }

    public required IReadOnlyList<string> Components { get; init; }

    /// <summary>Path of a keyring; empty where apt uses its own.</summary>
    public string SignedBy { get; init; } = "";

    public bool Trusted { get; init; }
}
