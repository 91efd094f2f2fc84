using Berth.Core;
using Berth.Core.Images;

namespace Berth.Daemon.ImageServers;

/// <summary>A URL that stands for an image: the answer's headers say where the file is and what fingerprint it has.</summary>
internal static class UrlImage
{
    private const string HashHeader = "Incus-Image-Hash";
    private const string UrlHeader = "Incus-Image-URL";

    /// <summary>Asks the URL with HEAD, telling which architectures run here.</summary>
    /// <returns>URL of the file, and its fingerprint.</returns>
    /// <exception cref="BerthException">BadRequest: the headers are missing or make no sense.</exception>
    public static async Task<(string Url, string Fingerprint)> ResolveAsync(string url, string certificate, ImageSettings settings, CancellationToken cancel)
    {
        using var http = ImageHttp.Open(url, certificate, unix: false, settings);
        using var response = await http.SendAsync(HttpMethod.Head, "", null, request =>
        {
            request.Headers.Add("Incus-Server-Architectures", "x86_64, i686");
            request.Headers.Add("Incus-Server-Version", Endpoints.ServerFacts.Version);
        }, cancel);
        var hash = Header(response, HashHeader, url);
        var file = Header(response, UrlHeader, url);
        if (!Fingerprints.IsWhole(hash))
        {
            throw BerthException.BadRequest($"{url} names an image by \"{hash}\", which is no SHA-256");
        }

        return Uri.TryCreate(file, UriKind.Absolute, out var target) && target.Scheme is "http" or "https"
            ? (file, hash)
            : throw BerthException.BadRequest($"{url} sends to \"{file}\", which is neither an http nor an https URL");
    }

    private static string Header(HttpResponseMessage response, string name, string url) =>
        response.Headers.TryGetValues(name, out var values) && values.First() is { Length: > 0 } value
            ? value
            : throw BerthException.BadRequest(
                $"Missing {name} header: {url} is no image address of Incus. Where it is the image's file itself, say its SHA-256 as source.fingerprint");
}
