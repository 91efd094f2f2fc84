namespace Berth.Api;

/// <summary>Where an image was downloaded from.</summary>
public sealed record ImageSource
{
    public string Alias { get; init => field = value ?? ""; } = "";

    public string Certificate { get; init => field = value ?? ""; } = "";

    public string ImageType { get; init => field = value ?? ""; } = "";

    public string Protocol { get; init => field = value ?? ""; } = "";

    public string Server { get; init => field = value ?? ""; } = "";
}
