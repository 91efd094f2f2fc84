using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>The catalogue of configuration keys: <c>GET /1.0/metadata/configuration</c>.</summary>
public sealed record MetadataConfiguration
{
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, MetadataConfigGroup>> Configs { get; init => field = value ?? Empty.Of<IReadOnlyDictionary<string, MetadataConfigGroup>>(); } = Empty.Of<IReadOnlyDictionary<string, MetadataConfigGroup>>();
}

/// <summary>Keys that belong together.</summary>
public sealed record MetadataConfigGroup
{
    public IReadOnlyList<IReadOnlyDictionary<string, MetadataConfigKey>> Keys { get; init => field = value ?? []; } = [];
}

/// <summary>One configuration key.</summary>
public sealed record MetadataConfigKey
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Condition { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Defaultdesc { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Liveupdate { get; init; }

    public string Longdesc { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Scope { get; init; }

    public string Shortdesc { get; init => field = value ?? ""; } = "";

    public string Type { get; init => field = value ?? ""; } = "";
}
