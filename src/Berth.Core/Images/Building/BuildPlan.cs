namespace Berth.Core.Images.Building;

/// <summary>Everything that a build was decided to be, before the first byte is loaded.</summary>
internal sealed record BuildPlan
{
    public required Distribution Distribution { get; init; }

    public required string Suite { get; init; }

    /// <summary>As dpkg says it.</summary>
    public required string Architecture { get; init; }

    public required IReadOnlyList<string> PackageNames { get; init; }

    /// <summary>Lines of sources.list.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    public required string? Keyring { get; init; }

    /// <summary>apt's option for a proxy, and the proxy; from the host's apt configuration.</summary>
    public required IReadOnlyList<(string Option, string Value)> Proxies { get; init; }

    public required PackageCache Packages { get; init; }

    /// <summary>Removed after the build.</summary>
    public required string WorkDirectory { get; init; }

    public string Tree => Path.Combine(WorkDirectory, "tree");

    public string EarlyDirectory => Path.Combine(WorkDirectory, "early");

    public string LateDirectory => Path.Combine(WorkDirectory, "late");

    public string ScriptFile => Path.Combine(WorkDirectory, "finish.sh");

    public string SourcesFile => Path.Combine(WorkDirectory, "sources.list");
}
