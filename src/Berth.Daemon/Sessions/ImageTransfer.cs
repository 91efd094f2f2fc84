using System.Collections.Immutable;
using Berth.Core;
using Berth.Core.Images;
using Berth.Core.Images.Import;
using Berth.Core.Instances;
using Berth.Core.Profiles;
using Berth.Daemon.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Berth.Daemon.Sessions;

/// <summary>Image files over HTTP: one file as the body, or metadata and content as parts of a form, both ways.</summary>
internal static class ImageTransfer
{
    /// <summary>What the headers of an upload say.</summary>
    public static ImageImportOptions Options(ApiRequest request) => new()
    {
        Project = request.Project,
        Filename = request.Header("X-Incus-filename") is { Length: > 0 } name ? name : null,
        Properties = QueryHelpers.ParseQuery(request.Header("X-Incus-properties")).ToImmutableSortedDictionary(p => p.Key, p => p.Value.ToString(), StringComparer.Ordinal),
        Public = ConfigCatalogue.IsTrue(request.Header("X-Incus-public")),
        Aliases = [.. Words(request.Header("X-Incus-aliases"), "alias").Select(name => (name, ""))],
        Profiles = Words(request.Header("X-Incus-profiles"), "profile") is { Count: > 0 } profiles ? [.. profiles] : [ProfileRecord.Default],
        ExpectedFingerprint = request.Header("X-Incus-fingerprint") is { Length: > 0 } fingerprint ? fingerprint : null,
    };

    public static async Task ReceiveAsync(ApiRequest request, ImageImport import)
    {
        if (request.Http.Request.ContentType is { } type && type.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            await ReceivePartsAsync(request, import, type);
            return;
        }

        await import.AddFileAsync(request.Http.Request.Body, request.Header("X-Incus-filename"), null, request.Aborted);
    }

    public static async Task SendAsync(HttpContext http, IReadOnlyList<ImageFileStream> files)
    {
        try
        {
            if (files is [var only])
            {
                http.Response.ContentType = "application/octet-stream";
                http.Response.ContentLength = only.Stream.Length;
                http.Response.Headers.ContentDisposition = $"attachment;filename={only.DownloadName}";
                await only.Stream.CopyToAsync(http.Response.Body, http.RequestAborted);
                return;
            }

            await SendPartsAsync(http, files);
        }
        finally
        {
            foreach (var file in files)
            {
                await file.Stream.DisposeAsync();
            }
        }
    }

    /// <summary>A header is one plain word, or a query with as many as needed.</summary>
    private static IReadOnlyList<string> Words(string header, string key) => header.Length == 0 ? []
        : QueryHelpers.ParseQuery(header).TryGetValue(key, out var words) ? [.. words.OfType<string>()] : [header];

    private static async Task ReceivePartsAsync(ApiRequest request, ImageImport import, string contentType)
    {
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(contentType).Boundary).ToString();
        if (boundary.Length is 0 or > 200)
        {
            throw BerthException.BadRequest("The form has no boundary");
        }

        var reader = new MultipartReader(boundary, request.Http.Request.Body);
        var expected = new Queue<string>(["metadata", "rootfs"]);
        while (await reader.ReadNextSectionAsync(request.Aborted) is { } section)
        {
            var disposition = section.GetContentDispositionHeader();
            var name = disposition?.Name.Value?.Trim('"') ?? "";
            if (!expected.TryDequeue(out var wanted) || (name != wanted && name != wanted + ".img"))
            {
                throw BerthException.BadRequest($"The form has an unexpected part \"{name}\"; send metadata, then rootfs");
            }

            await import.AddFileAsync(section.Body, disposition?.FileName.Value?.Trim('"') ?? "", null, request.Aborted);
        }

        if (expected.Count > 0)
        {
            throw BerthException.BadRequest($"The form lacks the part \"{expected.Peek()}\"");
        }
    }

    private static async Task SendPartsAsync(HttpContext http, IReadOnlyList<ImageFileStream> files)
    {
        var boundary = Guid.NewGuid().ToString("N");
        http.Response.ContentType = $"multipart/form-data; boundary={boundary}";
        foreach (var (file, part) in files.Zip(["metadata", files[^1].File.Kind is ImageContentKind.Qcow2 or ImageContentKind.Raw ? "rootfs.img" : "rootfs"]))
        {
            await WriteAsync(http, $"--{boundary}\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{file.DownloadName}\"\r\nContent-Type: application/octet-stream\r\n\r\n");
            await file.Stream.CopyToAsync(http.Response.Body, http.RequestAborted);
            await WriteAsync(http, "\r\n");
        }

        await WriteAsync(http, $"--{boundary}--\r\n");
    }

    private static Task WriteAsync(HttpContext http, string text) =>
        http.Response.Body.WriteAsync(System.Text.Encoding.ASCII.GetBytes(text), http.RequestAborted).AsTask();
}
