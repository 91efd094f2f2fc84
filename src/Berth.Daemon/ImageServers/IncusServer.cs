using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Collections.Immutable;
using Berth.Api;
using Berth.Core;
using Berth.Core.Images;
using Berth.Core.Images.Import;
using Berth.Core.Images.Sources;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Berth.Daemon.ImageServers;

/// <summary>Another server of this API: its public images, and with a secret also private ones.</summary>
internal sealed class IncusServer(ImageHttp http, string project, string secret) : IImageServer
{
    private const int MaxAnswer = 4 << 20;

    public async Task<RemoteImage> FindAsync(string name, string type, CancellationToken cancel)
    {
        var alias = secret.Length > 0
            ? null
            : await AskAsync($"1.0/images/aliases/{Uri.EscapeDataString(name)}", BerthJson.Default.ImageAliasesEntry, cancel);
        var target = alias?.Target ?? name;
        if (!Fingerprints.IsPrefix(target))
        {
            throw BerthException.NotFound($"the image server has no public image {name}");
        }

        var image = await AskAsync($"1.0/images/{target}", BerthJson.Default.Image, cancel)
            ?? throw BerthException.NotFound($"the image server has no {(secret.Length > 0 ? "image" : "public image")} {name}" + (secret.Length > 0 ? ", or the secret was used already" : ""));
        if (!Fingerprints.IsWhole(image.Fingerprint) || !image.Fingerprint.StartsWith(target, StringComparison.OrdinalIgnoreCase))
        {
            throw BerthException.BadRequest($"the image server answers with another image than {target}");
        }

        var found = Describe(image);
        return type.Length == 0 || found.Type == type
            ? found
            : throw BerthException.NotFound($"the image {name} of the server is a {found.Type}; asked for is a {type}");
    }

    public async Task DownloadAsync(RemoteImage image, ImageImport import, Action<long, long> progress, CancellationToken cancel)
    {
        var path = Path($"1.0/images/{image.Fingerprint}/export");
        using var response = await http.GetAsync(path, cancel);
        http.RequireSuccess(response, path.Split('?')[0]);
        await using var body = await http.OpenBodyAsync(response, cancel);
        var total = response.Content.Headers.ContentLength ?? image.Size;
        if (response.Content.Headers.ContentType?.MediaType != "multipart/form-data")
        {
            var name = response.Content.Headers.ContentDisposition?.FileName?.Trim('"') ?? image.Filename;
            await import.AddFileAsync(body, name, new ExpectedFile("", image.Size), received => progress(received, total), cancel);
            return;
        }

        await ReceivePartsAsync(body, response.Content.Headers.ContentType.ToString(), import, received => progress(received, total), cancel);
    }

    public void Dispose() => http.Dispose();

    private static async Task ReceivePartsAsync(Stream body, string contentType, ImageImport import, Action<long> progress, CancellationToken cancel)
    {
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(contentType).Boundary).ToString();
        if (boundary.Length is 0 or > 200)
        {
            throw BerthException.BadRequest("the image server's answer has no boundary between its parts");
        }

        long before = 0;
        var reader = new MultipartReader(boundary, body);
        try
        {
            while (await reader.ReadNextSectionAsync(cancel) is { } section)
            {
                var name = section.GetContentDispositionHeader()?.FileName.Value?.Trim('"') ?? "";
                var (start, last) = (before, before);
                await import.AddFileAsync(section.Body, name, received => progress(last = start + received), cancel);
                before = last;
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new BerthException(ErrorKind.BadRequest, $"the image server's answer cannot be read: {e.Message}", e);
        }
    }

    private static RemoteImage Describe(Image image) => new()
    {
        Fingerprint = image.Fingerprint.ToLowerInvariant(),
        Type = image.Type.Length > 0 ? image.Type : ImageType.Container,
        Architecture = image.Architecture,
        Size = Math.Max(0, image.Size),
        CreatedAt = image.CreatedAt,
        ExpiresAt = image.ExpiresAt,
        Filename = image.Filename,
        Properties = image.Properties.ToImmutableSortedDictionary(StringComparer.Ordinal),
        Aliases = [.. image.Aliases.Select(alias => alias.Name)],
    };

    private string Path(string path)
    {
        var query = new List<string>(2);
        if (project.Length > 0)
        {
            query.Add("project=" + Uri.EscapeDataString(project));
        }

        if (secret.Length > 0)
        {
            query.Add("secret=" + Uri.EscapeDataString(secret));
        }

        return query.Count == 0 ? path : $"{path}?{string.Join('&', query)}";
    }

    /// <summary>Null where the server says 404.</summary>
    private async Task<T?> AskAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel)
        where T : class
    {
        if (await http.ReadAsync(Path(path), MaxAnswer, cancel) is not { } json)
        {
            return null;
        }

        try
        {
            using var answer = JsonDocument.Parse(json);
            return answer.RootElement.GetProperty("metadata").Deserialize(type);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new BerthException(ErrorKind.BadRequest, $"the image server's answer to {path} cannot be read: {e.Message}", e);
        }
    }
}
