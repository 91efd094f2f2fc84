namespace Berth.Api;

/// <summary>Push an image to another server.</summary>
public sealed record ImageExportPost
{
    public IReadOnlyList<ImageAlias> Aliases { get; init => field = value ?? []; } = [];

    public string Certificate { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> Profiles { get; init => field = value ?? []; } = [];

    public string Project { get; init => field = value ?? ""; } = "";

    public string Secret { get; init => field = value ?? ""; } = "";

    public string Target { get; init => field = value ?? ""; } = "";
}
