using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>What <c>metadata.yaml</c> in an image says.</summary>
public sealed record ImageMetadata
{
    public string Architecture { get; init => field = value ?? ""; } = "";

    public long CreationDate { get; init; }

    public long ExpiryDate { get; init; }

    public ConfigMap Properties { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public IReadOnlyDictionary<string, ImageMetadataTemplate> Templates { get; init => field = value ?? Empty.Of<ImageMetadataTemplate>(); } = Empty.Of<ImageMetadataTemplate>();
}

/// <summary>A file template of an image.</summary>
public sealed record ImageMetadataTemplate
{
    public bool CreateOnly { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Gid { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Mode { get; init; }

    public ConfigMap Properties { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string Template { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Uid { get; init; }

    public IReadOnlyList<string> When { get; init => field = value ?? []; } = [];
}
