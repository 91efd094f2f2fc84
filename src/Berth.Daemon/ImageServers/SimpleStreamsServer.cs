using Berth.Core;
using Berth.Core.Images.Import;
using Berth.Core.Images.Sources;
using Berth.Core.Images.Sources.SimpleStreams;

namespace Berth.Daemon.ImageServers;

/// <summary>A simplestreams server: static files that list images, and the images' files beside them.</summary>
internal sealed class SimpleStreamsServer(ImageHttp http, string architecture) : IImageServer
{
    public async Task<RemoteImage> FindAsync(string name, string type, CancellationToken cancel) => (await LoadAsync(cancel)).Find(name, type);

    public async Task DownloadAsync(RemoteImage image, ImageImport import, Action<long, long> progress, CancellationToken cancel)
    {
        long before = 0;
        foreach (var file in image.Files)
        {
            using var response = await http.GetAsync(Escape(file.Path), cancel);
            http.RequireSuccess(response, file.Path);
            await using var body = await http.OpenBodyAsync(response, cancel);
            var start = before;
            await import.AddFileAsync(body, file.Name, new(file.Sha256, file.Size), received => progress(start + received, image.Size), cancel);
            before += file.Size;
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<StreamCatalogue> LoadAsync(CancellationToken cancel)
    {
        var left = StreamDocumentReader.MaxBytes;
        var index = await ReadAsync(StreamDocumentReader.IndexPath);
        var images = new List<RemoteImage>();
        foreach (var path in StreamDocumentReader.ReadIndex(index.Span))
        {
            images.AddRange(StreamDocumentReader.ReadProducts((await ReadAsync(path)).Span, path));
        }

        return new StreamCatalogue(images, architecture);

        async Task<ReadOnlyMemory<byte>> ReadAsync(string path)
        {
            var json = await http.ReadAsync(Escape(path), left, cancel)
                ?? throw BerthException.BadRequest($"the server has no {path}: it is no simplestreams server, or the URL lacks a part");
            left -= json.Length;
            return json;
        }
    }

    /// <summary>Colons, which serials have, stay as they are: not every static server undoes them.</summary>
    private static string Escape(string path) =>
        string.Join('/', path.Split('/').Select(part => Uri.EscapeDataString(part).Replace("%3A", ":", StringComparison.Ordinal)));
}
