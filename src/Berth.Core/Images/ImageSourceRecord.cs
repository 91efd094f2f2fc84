namespace Berth.Core.Images;

/// <summary>Where an image came from, as it is stored: what an update asks again.</summary>
public sealed record ImageSourceRecord
{
    /// <summary>URL of the server, or of the file itself (<c>direct</c>).</summary>
    public required string Server { get; init; }

    /// <summary><c>simplestreams</c>, <c>incus</c> or <c>direct</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>The one certificate that the server must show, PEM; empty where the host's authorities decide.</summary>
    public string Certificate { get; init; } = "";

    /// <summary>The name that was asked for.</summary>
    public required string Alias { get; init; }

    /// <summary><see cref="ImageType.Container"/> or <see cref="ImageType.VirtualMachine"/>; empty for whichever there is.</summary>
    public string ImageType { get; init; } = "";

    /// <summary>Project on the server; empty for its default.</summary>
    public string Project { get; init; } = "";
}
