using System.Net.Http.Headers;
using System.Text.Json;
using Berth.Api;
using Berth.Core;
using Berth.Core.Images;

namespace Berth.Daemon.ImageServers;

/// <summary>Sends an image to another server of this API, which has given a secret for it, and waits until it is taken there.</summary>
internal sealed class ImagePush(ImageStore images, ImageSettings settings)
{
    private const int MaxAnswer = 4 << 20;

    public async Task RunAsync(string project, ImageRecord image, ImageExportPost post, CancellationToken cancel)
    {
        using var http = ImageHttp.Open(post.Target, post.Certificate, unix: true, settings);
        var files = images.OpenFiles(project, image.Fingerprint);
        try
        {
            using var content = Content(image, files);
            var query = post.Project.Length > 0 ? $"?project={Uri.EscapeDataString(post.Project)}" : "";
            using var response = await http.SendAsync(HttpMethod.Post, "1.0/images" + query, content, request => Describe(request.Headers, image, post), cancel);
            var operation = await ReadAsync(http, response, cancel);
            await WaitAsync(http, operation, cancel);
        }
        finally
        {
            foreach (var file in files)
            {
                await file.Stream.DisposeAsync();
            }
        }
    }

    private static void Describe(HttpRequestHeaders headers, ImageRecord image, ImageExportPost post)
    {
        headers.Add("X-Incus-fingerprint", image.Fingerprint);
        headers.Add("X-Incus-secret", post.Secret);
        headers.Add("X-Incus-filename", Uri.EscapeDataString(image.Filename));
        Add(headers, "X-Incus-profiles", "profile", post.Profiles);
        Add(headers, "X-Incus-aliases", "alias", post.Aliases.Select(alias => alias.Name));
    }

    private static void Add(HttpRequestHeaders headers, string name, string key, IEnumerable<string> values)
    {
        var query = string.Join('&', values.Select(value => $"{key}={Uri.EscapeDataString(value)}"));
        if (query.Length > 0)
        {
            headers.Add(name, query);
        }
    }

    private static HttpContent Content(ImageRecord image, IReadOnlyList<ImageFileStream> files)
    {
        if (files is [var only])
        {
            return Octets(only);
        }

        var form = new MultipartFormDataContent();
        form.Add(Octets(files[0]), "metadata", files[0].DownloadName);
        form.Add(Octets(files[1]), image.HasDisk ? "rootfs.img" : "rootfs", files[1].DownloadName);
        return form;
    }

    private static StreamContent Octets(ImageFileStream file)
    {
        var content = new StreamContent(file.Stream, 1 << 18);
        content.Headers.ContentType = new("application/octet-stream");
        return content;
    }

    private static async Task<Operation> ReadAsync(ImageHttp http, HttpResponseMessage response, CancellationToken cancel)
    {
        await using var body = await http.OpenBodyAsync(response, cancel);
        var json = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (json.Length <= MaxAnswer && await body.ReadAsync(buffer, cancel) is > 0 and var read)
        {
            json.Write(buffer, 0, read);
        }

        try
        {
            using var answer = JsonDocument.Parse(json.GetBuffer().AsMemory(0, (int)json.Length));
            var root = answer.RootElement;
            return root.GetProperty("type").GetString() == "error"
                ? throw BerthException.BadRequest($"the target refuses the image: {root.GetProperty("error").GetString()}")
                : root.GetProperty("metadata").Deserialize(BerthJson.Default.Operation)!;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new BerthException(ErrorKind.BadRequest, $"the target's answer (HTTP status {(int)response.StatusCode}) cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Asks again and again, each time for less than the patience with one answer.</summary>
    private static async Task WaitAsync(ImageHttp http, Operation operation, CancellationToken cancel)
    {
        var secret = operation.Metadata?["secret"]?.GetValue<string>() ?? "";
        while (operation.StatusCode is StatusCode.Pending or StatusCode.Running or StatusCode.OperationCreated or StatusCode.Started)
        {
            using var response = await http.GetAsync($"1.0/operations/{operation.Id}/wait?timeout=20&secret={Uri.EscapeDataString(secret)}", cancel);
            operation = await ReadAsync(http, response, cancel);
        }

        if (operation.StatusCode != StatusCode.Success)
        {
            throw BerthException.BadRequest($"the target did not take the image: {operation.Err}");
        }
    }
}
