using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Berth.Core.Images.Sources.SimpleStreams;

/// <summary>Reads the files of a simplestreams server. They are a stranger's: everything has a limit, and no path leads elsewhere.</summary>
public static class StreamDocumentReader
{
    /// <summary>Where the index is, relative to the server's URL.</summary>
    public const string IndexPath = "streams/v1/index.json";

    /// <summary>Bytes of the index and all product files of a server; known servers stay below a quarter.</summary>
    public const int MaxBytes = 64 << 20;

    private const int MaxFiles = 32;
    private const int MaxPath = 1024;

    /// <summary>Paths of the product files that list images.</summary>
    /// <exception cref="BerthException">BadRequest.</exception>
    public static IReadOnlyList<string> ReadIndex(ReadOnlySpan<byte> json)
    {
        var index = Parse(json, StreamJson.Default.StreamIndex, IndexPath);
        var paths = (index.Index ?? []).Values
            .Where(entry => entry is { DataType: "image-downloads", Products.Count: > 0 })
            .Select(entry => PlainPath(entry!.Path)
                ?? throw BerthException.BadRequest($"the image server names a file \"{Shorten(entry.Path)}\": paths stay below its URL"))
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return paths.Count <= MaxFiles
            ? paths
            : throw BerthException.BadRequest($"the image server's {IndexPath} names {paths.Count} files with products; accepted are {MaxFiles}");
    }

    /// <summary>The images of a product file.</summary>
    /// <exception cref="BerthException">BadRequest.</exception>
    public static IReadOnlyList<RemoteImage> ReadProducts(ReadOnlySpan<byte> json, string path) =>
        [.. (Parse(json, StreamJson.Default.StreamProducts, path).Products ?? []).Values.OfType<StreamProduct>().SelectMany(StreamImages.Of)];

    /// <summary>A path below the server's URL, and nothing else; null for any other.</summary>
    internal static string? PlainPath(string? path)
    {
        var relative = path?.TrimStart('/') ?? "";
        var parts = relative.Split('/');
        return relative.Length is > 0 and <= MaxPath
            && path?.StartsWith("//", StringComparison.Ordinal) == false
            && !parts[0].Contains(':', StringComparison.Ordinal)
            && !relative.Any(c => char.IsControl(c) || c is '\\' or '?' or '#' or '%')
            && !parts.Any(part => part is "" or "." or "..")
            ? relative
            : null;
    }

    private static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, string path)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type)
                ?? throw BerthException.BadRequest($"the image server's {path} is empty: is it a simplestreams server?");
        }
        catch (JsonException e)
        {
            throw new BerthException(ErrorKind.BadRequest, $"the image server's {path} cannot be read: {e.Message}", e);
        }
    }

    private static string Shorten(string? text) => text is { Length: > 80 } ? text[..80] + "…" : text ?? "";
}
