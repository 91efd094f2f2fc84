using System.Collections.Immutable;

namespace Berth.Core.Images.Sources;

/// <summary>An image on a server, as the server describes it. Nothing of it is believed before the files were checked.</summary>
public sealed record RemoteImage
{
    /// <summary>64 lower-case hex digits.</summary>
    public required string Fingerprint { get; init; }

    /// <summary><see cref="ImageType.Container"/> or <see cref="ImageType.VirtualMachine"/>; empty where the server does not say.</summary>
    public string Type { get; init; } = "";

    /// <summary>The kernel's name; empty where the server does not say.</summary>
    public string Architecture { get; init; } = "";

    /// <summary>Bytes of all files; 0 where the server does not say.</summary>
    public long Size { get; init; }

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UnixEpoch;

    public DateTimeOffset ExpiresAt { get; init; } = DateTimeOffset.UnixEpoch;

    public string Filename { get; init; } = "";

    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableArray<string> Aliases { get; init; } = [];

    /// <summary>The files, metadata first; empty where the server sends them in one answer.</summary>
    public ImmutableArray<RemoteFile> Files { get; init; } = [];
}

/// <summary>A file of an image on a server.</summary>
/// <param name="Path">Relative to the server's URL.</param>
/// <param name="Sha256">Lower-case hex; empty where the server says none.</param>
/// <param name="Size">Bytes; 0 where the server says none.</param>
public sealed record RemoteFile(string Path, string Sha256, long Size)
{
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];
}
