using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>An image in the store: <c>GET /1.0/images/FINGERPRINT</c>. The size is in bytes.</summary>
public sealed record Image
{
    public IReadOnlyList<ImageAlias> Aliases { get; init => field = value ?? []; } = [];

    public string Architecture { get; init => field = value ?? ""; } = "";

    public bool AutoUpdate { get; init; }

    public bool Cached { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    public string Filename { get; init => field = value ?? ""; } = "";

    public string Fingerprint { get; init => field = value ?? ""; } = "";

    public DateTimeOffset LastUsedAt { get; init; }

    public IReadOnlyList<string> Locations { get; init => field = value ?? []; } = [];

    public IReadOnlyList<string> Profiles { get; init => field = value ?? []; } = [];

    public string Project { get; init => field = value ?? ""; } = "";

    public ConfigMap Properties { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public bool Public { get; init; }

    public long Size { get; init; }

    public string Type { get; init => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImageSource? UpdateSource { get; init; }

    public DateTimeOffset UploadedAt { get; init; }
}
