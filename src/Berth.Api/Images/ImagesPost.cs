using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>A new image from elsewhere: <c>POST /1.0/images</c> with a JSON body.</summary>
public sealed record ImagesPost
{
    public IReadOnlyList<ImageAlias> Aliases { get; init => field = value ?? []; } = [];

    public bool AutoUpdate { get; init; }

    public string CompressionAlgorithm { get; init => field = value ?? ""; } = "";

    public DateTimeOffset ExpiresAt { get; init; }

    public string Filename { get; init => field = value ?? ""; } = "";

    public string Format { get; init => field = value ?? ""; } = "";

    /// <summary>Null: the default profile.</summary>
    public IReadOnlyList<string>? Profiles { get; init; }

    public ConfigMap Properties { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public bool Public { get; init; }

    public ImagesPostSource? Source { get; init; }
}

/// <summary>Where the new image comes from.</summary>
public sealed record ImagesPostSource
{
    public string Alias { get; init => field = value ?? ""; } = "";

    public string Certificate { get; init => field = value ?? ""; } = "";

    public string Fingerprint { get; init => field = value ?? ""; } = "";

    public string ImageType { get; init => field = value ?? ""; } = "";

    public string Mode { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";

    public string Project { get; init => field = value ?? ""; } = "";

    public string Protocol { get; init => field = value ?? ""; } = "";

    public string Secret { get; init => field = value ?? ""; } = "";

    public string Server { get; init => field = value ?? ""; } = "";

    public string Type { get; init => field = value ?? ""; } = "";

    public string Url { get; init => field = value ?? ""; } = "";

    /// <summary>Berth (berth_image_build): the distribution to build, such as <c>debian</c>; type is <c>build</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Distribution { get; init; }

    /// <summary>Berth: the release to build, such as <c>12</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Release { get; init; }

    /// <summary>Berth: the suite, such as <c>bookworm</c>; empty to derive it from the release.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Suite { get; init; }

    /// <summary>Berth: packages to install beyond the base system.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Packages { get; init; }

    /// <summary>Berth: size of the machine disk, such as <c>4GiB</c>; empty for the default.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Size { get; init; }
}
