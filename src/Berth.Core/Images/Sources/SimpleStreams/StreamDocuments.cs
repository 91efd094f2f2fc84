using System.Text.Json.Serialization;

namespace Berth.Core.Images.Sources.SimpleStreams;

/// <summary><c>streams/v1/index.json</c>: which files list products.</summary>
internal sealed record StreamIndex
{
    public Dictionary<string, StreamIndexEntry?>? Index { get; init; }
}

internal sealed record StreamIndexEntry
{
    [JsonPropertyName("datatype")]
    public string? DataType { get; init; }

    public string? Path { get; init; }

    public List<string>? Products { get; init; }
}

/// <summary>A file of products, such as <c>streams/v1/images.json</c>.</summary>
internal sealed record StreamProducts
{
    public Dictionary<string, StreamProduct?>? Products { get; init; }
}

internal sealed record StreamProduct
{
    /// <summary>Names, separated by commas.</summary>
    public string? Aliases { get; init; }

    public string? Arch { get; init; }

    public string? Os { get; init; }

    public Dictionary<string, string?>? Requirements { get; init; }

    public string? Release { get; init; }

    public string? ReleaseTitle { get; init; }

    /// <summary>Day on which support ends, yyyy-MM-dd.</summary>
    public string? SupportEol { get; init; }

    public string? Variant { get; init; }

    public string? Version { get; init; }

    /// <summary>By serial, which starts with the day: yyyyMMdd.</summary>
    public Dictionary<string, StreamVersion?>? Versions { get; init; }
}

internal sealed record StreamVersion
{
    public Dictionary<string, StreamItem?>? Items { get; init; }

    public string? Label { get; init; }
}

internal sealed record StreamItem
{
    [JsonPropertyName("ftype")]
    public string? FileType { get; init; }

    public string? Path { get; init; }

    public string? Sha256 { get; init; }

    public long Size { get; init; }

    public string? CombinedType { get; init; }

    /// <summary>Of the metadata followed by root.tar.xz, from older servers.</summary>
    public string? CombinedSha256 { get; init; }

    [JsonPropertyName("combined_rootxz_sha256")]
    public string? CombinedRootXz { get; init; }

    [JsonPropertyName("combined_squashfs_sha256")]
    public string? CombinedSquashfs { get; init; }

    [JsonPropertyName("combined_disk1-img_sha256")]
    public string? CombinedDisk1 { get; init; }

    [JsonPropertyName("combined_disk-kvm-img_sha256")]
    public string? CombinedDiskKvm { get; init; }

    [JsonPropertyName("combined_uefi1-img_sha256")]
    public string? CombinedUefi1 { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StreamIndex))]
[JsonSerializable(typeof(StreamProducts))]
internal sealed partial class StreamJson : JsonSerializerContext;
