using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>Use against the limits of a project.</summary>
public sealed record ProjectState
{
    public IReadOnlyDictionary<string, ProjectStateResource> Resources { get; init => field = value ?? Empty.Of<ProjectStateResource>(); } = Empty.Of<ProjectStateResource>();
}

/// <summary>One limit; -1 is none.</summary>
public sealed record ProjectStateResource
{
    [JsonPropertyName("Limit")]
    public long Limit { get; init; }

    [JsonPropertyName("Usage")]
    public long Usage { get; init; }
}
