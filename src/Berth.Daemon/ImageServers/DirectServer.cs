using Berth.Core;
using Berth.Core.Images;
using Berth.Core.Images.Import;
using Berth.Core.Images.Sources;

namespace Berth.Daemon.ImageServers;

/// <summary>One file at a URL. What it is to be is known by its fingerprint alone, which stands for its name.</summary>
internal sealed class DirectServer(ImageHttp http) : IImageServer
{
    public Task<RemoteImage> FindAsync(string name, string type, CancellationToken cancel) => Fingerprints.IsWhole(name)
        ? Task.FromResult(new RemoteImage { Fingerprint = name.ToLowerInvariant() })
        : throw BerthException.BadRequest($"A file at a URL is named by its SHA-256 of {Fingerprints.Length} hex digits, not \"{name}\"");

    public async Task DownloadAsync(RemoteImage image, ImageImport import, Action<long, long> progress, CancellationToken cancel)
    {
        using var response = await http.GetAsync("", cancel);
        http.RequireSuccess(response, "the image");
        var total = response.Content.Headers.ContentLength ?? 0;
        await using var body = await http.OpenBodyAsync(response, cancel);
        var name = Path.GetFileName(response.RequestMessage?.RequestUri?.AbsolutePath ?? "");
        await import.AddFileAsync(body, name, new ExpectedFile("", total), received => progress(received, total), cancel);
    }

    public void Dispose() => http.Dispose();
}
