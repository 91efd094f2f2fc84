using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Output;

namespace Berth.Cli.Commands;

/// <summary>Backups of instances and volumes as files.</summary>
internal static class BackupFile
{
    private static readonly MediaTypeHeaderValue s_octets = new("application/octet-stream");

    /// <summary>Streams a backup into a file while the server makes it: no copy of it is kept there.</summary>
    public static async Task DownloadAsync(Session session, string path, JsonObject body, string file, CancellationToken cancellation)
    {
        var content = new ByteArrayContent(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(body, BerthJson.Default.JsonObject));
        content.Headers.ContentType = new("application/json");
        using var request = session.Client.Request(HttpMethod.Post, path, content);
        request.Headers.Accept.Add(new(s_octets.MediaType!));
        using var response = await session.Client.OpenAsync(request, cancellation);
        if (file == "-")
        {
            await response.Content.CopyToAsync(StandardStreams.Open(1), cancellation);
            return;
        }

        // Under another name until it is whole, so that an interrupted export leaves no file that looks like a backup.
        var half = file + ".part";
        try
        {
            await using (var target = new FileStream(half, FileMode.Create, FileAccess.Write, FileShare.None, 1, useAsync: true))
            {
                await response.Content.CopyToAsync(target, cancellation);
            }

            File.Move(half, file, overwrite: true);
        }
        finally
        {
            File.Delete(half);
        }

        session.Say($"Backup exported to {file}");
    }

    public static async Task UploadAsync(
        Session session, string path, string file, IReadOnlyList<(string Name, string Value)> headers, CancellationToken cancellation)
    {
        var progress = session.NewProgress();
        using HttpContent content = file == "-"
            ? new StreamContent(StandardStreams.Open(0))
            : new ProgressContent(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1, useAsync: true), "Uploading", progress);
        content.Headers.ContentType = s_octets;
        using var request = session.Client.Request(HttpMethod.Post, path, content);
        foreach (var (name, value) in headers.Where(h => h.Value.Length > 0))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await session.Client.OpenAsync(request, cancellation);
        progress.Clear();
        var body = await response.Content.ReadAsByteArrayAsync(cancellation);
        await session.WaitAsync(Envelope.Read(body, "", path, (int)response.StatusCode), "Importing", cancellation);
    }
}
