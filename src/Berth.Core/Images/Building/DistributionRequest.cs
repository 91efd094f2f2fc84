namespace Berth.Core.Images.Building;

/// <summary>What an image is to be built from.</summary>
public sealed record DistributionRequest
{
    /// <summary><c>debian</c> or <c>ubuntu</c>.</summary>
    public required string Distribution { get; init; }

    /// <summary>Number or code name: <c>12</c>, <c>bookworm</c>, <c>24.04</c>.</summary>
    public required string Release { get; init; }

    /// <summary>Suite of the archive where it differs from the release's code name; null for that.</summary>
    public string? Suite { get; init; }

    /// <summary>Further packages.</summary>
    public IReadOnlyList<string> Packages { get; init; } = [];

    /// <summary>Size of a machine's disk, bytes; null for Berth's default.</summary>
    public long? DiskSize { get; init; }

    /// <summary>Name that the image gets; null for DISTRIBUTION/RELEASE. It moves away from the image that had it.</summary>
    public string? Alias { get; init; }

    public string Project { get; init; } = Instances.InstanceId.DefaultProject;

    /// <summary>Path of berth-agent for the guest; null for an image without it.</summary>
    public string? Agent { get; init; }

    /// <summary>Reads «debian/12».</summary>
    /// <exception cref="BerthException">BadRequest.</exception>
    public static DistributionRequest Parse(string name)
    {
        var parts = name.Split('/');
        return parts.Length == 2 && parts[0].Length > 0 && parts[1].Length > 0
            ? new DistributionRequest { Distribution = parts[0], Release = parts[1] }
            : throw BerthException.BadRequest($"\"{name}\" names no distribution: expected is DISTRIBUTION/RELEASE, as debian/12");
    }
}
