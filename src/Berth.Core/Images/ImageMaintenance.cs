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

    /// <summary>The settings are read again; the interval starts anew.</summary>
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

    /// <summary>Asks the sources of all images that want updates.</summary>
    public async Task UpdateAsync(CancellationToken cancel)
    {
        foreach (var (project, image) in images.List().Where(entry => entry.Image is { AutoUpdate: true, Source: not null }))
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
        var expiry = settings.RemoteCacheExpiry;
        if (expiry <= TimeSpan.Zero)
        {
            return;
        }

        var now = time.GetUtcNow();
        foreach (var (project, image) in images.List().Where(entry => entry.Image.Cached && LastUse(entry.Image) + expiry <= now))
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
        while (true)
        {
            var interval = settings.AutoUpdateInterval;
            var pause = interval > TimeSpan.Zero ? interval : Timeout.InfiniteTimeSpan;
            if (await WaitAsync(pause, stop))
            {
                await OperateAsync("Updating images", UpdateAsync, stop);
            }
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
