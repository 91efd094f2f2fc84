namespace Berth.Api;

/// <summary>What may be changed of an image.</summary>
public sealed record ImagePut
{
    public bool AutoUpdate { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    public IReadOnlyList<string>? Profiles { get; init; }

    public ConfigMap Properties { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public bool Public { get; init; }
}
