using Berth.Core.Operations;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Images;

/// <summary>
/// What images need while nobody asks: those of other servers are looked for again when the interval has passed
/// (<c>images.auto_update_interval</c>), and cached ones that nothing used for a while are removed (<c>images.remote_cache_expiry</c>).
/// </summary>
public sealed partial class ImageMaintenance(
    ImageStore images, ImageRefresher refresher, ImageRemover remover, ImageSettings settings, OperationRegistry operations, TimeProvider time, ILogger<ImageMaintenance> log)
{
    private static readonly TimeSpan PruneInterval = TimeSpan.FromDays(1);
    private static readonly TimeSpan StartDelay = TimeSpan.FromMinutes(1);
    private readonly SemaphoreSlim _settingsChanged = new(0);
    private readonly Dictionary<string, DateTimeOffset> _looked = new(StringComparer.Ordinal);

    /// <summary>The settings are read again.</summary>
    public void SettingsChanged() => _settingsChanged.Release();

    /// <summary>Runs until <paramref name="stop"/>.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await Task.WhenAll(UpdateAgainAndAgainAsync(stop), PruneAgainAndAgainAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The daemon ends.
        }
    }

    /// <summary>Asks the sources of the images of some projects that want updates.</summary>
    private async Task UpdateAsync(HashSet<string> projects, CancellationToken cancel)
    {
        foreach (var (project, image) in images.List().Where(entry => projects.Contains(entry.Project) && entry.Image is { AutoUpdate: true, Source: not null }))
        {
            try
            {
                await refresher.RefreshAsync(project, image.Fingerprint, _ => { }, cancel);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
            {
                LogNotUpdated(image.ShortFingerprint, project, e.Message);
            }
        }
    }

    /// <summary>Removes cached images whose time has passed.</summary>
    public async Task PruneAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        foreach (var (project, image) in images.List().Where(entry => entry.Image.Cached
            && settings.RemoteCacheExpiry(entry.Project) is var expiry && expiry > TimeSpan.Zero && LastUse(entry.Image) + expiry <= now))
        {
            try
            {
                await remover.DeleteAsync(project, image.Fingerprint, cancel);
                LogPruned(image.ShortFingerprint, project);
            }
            catch (BerthException e)
            {
                LogNotPruned(image.ShortFingerprint, project, e.Message);
            }
        }
    }

    private static DateTimeOffset LastUse(ImageRecord image) => image.LastUsedAt > DateTimeOffset.UnixEpoch ? image.LastUsedAt : image.UploadedAt;

    private async Task UpdateAgainAndAgainAsync(CancellationToken stop)
    {
        var start = time.GetUtcNow();
        while (true)
        {
            var times = settings.Projects.Select(p => (Project: p, Interval: settings.AutoUpdateInterval(p))).Where(p => p.Interval > TimeSpan.Zero)
                .Select(p => (p.Project, At: _looked.GetValueOrDefault(p.Project, start) + p.Interval)).ToList();
            var pause = times.Count == 0 ? Timeout.InfiniteTimeSpan : times.Min(t => t.At) - time.GetUtcNow();
            if (!await WaitAsync(pause < TimeSpan.Zero && times.Count > 0 ? TimeSpan.Zero : pause, stop))
            {
                continue;
            }

            var now = time.GetUtcNow();
            var due = times.Where(t => t.At <= now).Select(t => t.Project).ToHashSet(StringComparer.Ordinal);
            foreach (var project in due)
            {
                _looked[project] = now;
            }

            await OperateAsync("Updating images", cancel => UpdateAsync(due, cancel), stop);
        }
    }

    /// <returns>False: a setting changed before the time was over.</returns>
    private async Task<bool> WaitAsync(TimeSpan pause, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var changed = _settingsChanged.WaitAsync(over.Token);
        var ended = await Task.WhenAny(Task.Delay(pause, time, over.Token), changed);
        await over.CancelAsync();
        stop.ThrowIfCancellationRequested();
        return ended != changed;
    }

    private async Task PruneAgainAndAgainAsync(CancellationToken stop)
    {
        await Task.Delay(StartDelay, time, stop);
        while (true)
        {
            await OperateAsync("Pruning expired images", PruneAsync, stop);
            await Task.Delay(PruneInterval, time, stop);
        }
    }

    /// <summary>Where there is something to do, as an operation, so that people see what the daemon is busy with.</summary>
    private async Task OperateAsync(string description, Func<CancellationToken, Task> work, CancellationToken stop)
    {
        if (images.List().Any(entry => entry.Image.AutoUpdate || entry.Image.Cached))
        {
            await operations.Start(
                new(Instances.InstanceId.DefaultProject, description),
                async (_, cancel) =>
                {
                    using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, stop);
                    await work(either.Token);
                }).Completion.WaitAsync(stop);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Image {Fingerprint} of project {Project} could not be updated: {Reason}")]
    private partial void LogNotUpdated(string fingerprint, string project, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Cached image {Fingerprint} of project {Project} was not used for long and is removed")]
    private partial void LogPruned(string fingerprint, string project);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cached image {Fingerprint} of project {Project} could not be removed: {Reason}")]
    private partial void LogNotPruned(string fingerprint, string project, string reason);
}
