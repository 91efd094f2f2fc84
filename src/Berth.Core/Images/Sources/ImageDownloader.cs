using Berth.Core.Images.Import;
using Berth.Core.Profiles;

namespace Berth.Core.Images.Sources;

/// <summary>
/// Brings images of other servers here. One image is loaded once, however many ask for it at the same time; the last of them that gives up
/// ends the download, and nothing of it is left.
/// </summary>
public sealed class ImageDownloader(ImageStore store, IImageServers servers, ImageSettings settings, TimeProvider time)
{
    private readonly Lock _changing = new();
    private readonly Dictionary<string, SharedDownload> _running = new(StringComparer.Ordinal);

    /// <summary>Finds the image and, unless it is here already, loads it.</summary>
    /// <param name="progress">Told how far the download is, for people.</param>
    /// <exception cref="BerthException">What stands against it, on the server or here.</exception>
    public async Task<ImageRecord> FetchAsync(ImageFetch fetch, Action<string> progress, CancellationToken cancel)
    {
        if (fetch.PreferCached && settings.AutoUpdateInterval(fetch.Project) > TimeSpan.Zero && store.FindBySource(fetch.Project, fetch.Source) is { } known)
        {
            return known;
        }

        store.RefuseTaken(fetch.Project, fetch.Aliases);
        var server = servers.Connect(fetch.Source, fetch.Secret);
        var kept = false;
        try
        {
            var found = await server.FindAsync(fetch.Source.Alias, fetch.Source.ImageType, cancel);
            if (fetch.Cached && found.Architecture.Length > 0)
            {
                Architectures.RequireRunnable(found.Architecture, fetch.Source.Alias);
            }

            while (true)
            {
                if (store.Find(fetch.Project, found.Fingerprint) is not null)
                {
                    return Merge(found, fetch);
                }

                if (store.Adopt(fetch.Project, found.Fingerprint, image => Describe(image, found, fetch), fetch.Aliases) is { } adopted)
                {
                    return adopted;
                }

                var (download, waiter) = Join(found, fetch, server, progress, ref kept);
                if (await download.WaitAsync(waiter, cancel) is { } made)
                {
                    return made;
                }
            }
        }
        finally
        {
            if (!kept)
            {
                server.Dispose();
            }
        }
    }

    /// <summary>An update is asked for by a name only: a fingerprint will always mean the same image.</summary>
    private static ImageSourceRecord? SourceOf(RemoteImage found, ImageFetch fetch) =>
        fetch.Secret.Length > 0 || found.Fingerprint.StartsWith(fetch.Source.Alias, StringComparison.OrdinalIgnoreCase) ? null : fetch.Source;

    private static ImageRecord Describe(ImageRecord image, RemoteImage found, ImageFetch fetch) => image with
    {
        Public = image.Public || fetch.Public,
        Source = SourceOf(found, fetch) ?? image.Source,
        AutoUpdate = image.AutoUpdate || (fetch.AutoUpdate && SourceOf(found, fetch) is not null),
        Properties = image.Properties.SetItems(fetch.Properties),
        Filename = fetch.Filename.Length > 0 ? fetch.Filename : image.Filename,
        Profiles = fetch.Profiles ?? image.Profiles,
    };

    private (SharedDownload Download, DownloadWaiter Waiter) Join(
        RemoteImage found, ImageFetch fetch, IImageServer server, Action<string> progress, ref bool kept)
    {
        lock (_changing)
        {
            if (_running.TryGetValue(found.Fingerprint, out var running) && running.TryJoin(fetch, progress) is { } joined)
            {
                return (running, joined);
            }

            var download = new SharedDownload();
            var first = download.TryJoin(fetch, progress)!;
            _running[found.Fingerprint] = download;
            kept = true;
            download.Start(cancel => LoadAsync(found, server, download, cancel));
            return (download, first);
        }
    }

    private async Task<ImageRecord> LoadAsync(RemoteImage found, IImageServer server, SharedDownload download, CancellationToken cancel)
    {
        try
        {
            using (server)
            {
                await using var import = store.BeginImport();
                var meter = new DownloadMeter(time, download.Report);
                await server.DownloadAsync(found, import, meter.Update, cancel);
                return await import.CompleteAsync(Options(found, download.ChooseOwner()), cancel);
            }
        }
        finally
        {
            lock (_changing)
            {
                if (_running.GetValueOrDefault(found.Fingerprint) == download)
                {
                    _running.Remove(found.Fingerprint);
                }
            }
        }
    }

    private static ImageImportOptions Options(RemoteImage found, ImageFetch fetch) => new()
    {
        Project = fetch.Project,
        Filename = fetch.Filename.Length > 0 ? fetch.Filename : found.Filename.Length > 0 ? found.Filename : null,
        Properties = fetch.Properties,
        Public = fetch.Public,
        AutoUpdate = fetch.AutoUpdate && SourceOf(found, fetch) is not null,
        Cached = fetch.Cached,
        Profiles = fetch.Profiles ?? [ProfileRecord.Default],
        Aliases = fetch.Aliases,
        ExpectedFingerprint = found.Fingerprint,
        Remote = found,
        Source = SourceOf(found, fetch),
    };

    /// <summary>It is here already: what was asked for beside the content is added.</summary>
    private ImageRecord Merge(RemoteImage found, ImageFetch fetch)
    {
        store.AddAliases(fetch.Project, found.Fingerprint, fetch.Aliases);
        return store.Change(fetch.Project, found.Fingerprint, image => Describe(image, found, fetch) with { Cached = image.Cached && fetch.Cached });
    }
}
