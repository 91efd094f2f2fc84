using Microsoft.Extensions.Logging;

namespace Berth.Core.Backups;

/// <summary>
/// Deletes backups whose time has come. It sleeps until the next one's, or until something changes that could
/// make another one the next.
/// </summary>
public sealed partial class ExpiryKeeper(BackupStore backups, TimeProvider time, ILogger<ExpiryKeeper> log)
{
    /// <summary>The clock may be set meanwhile; and what failed is tried again then.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan ShortestSleep = TimeSpan.FromSeconds(1);

    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Listens to changes.</summary>
    public void Attach() => backups.Changed = () => _changed.TrySetResult();

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            var sleep = TryRemove() ? Until(Next()) : LongestSleep;
            await Task.WhenAny(_changed.Task, Task.Delay(sleep, time, cancel));
        }
    }

    /// <summary>A timer may end a little early: then the rest is waited for, not nothing.</summary>
    private TimeSpan Until(DateTimeOffset next) =>
        (next - time.GetUtcNow()) switch
        {
            var wait when wait > LongestSleep => LongestSleep,
            var wait when wait < ShortestSleep => ShortestSleep,
            var wait => wait,
        };

    private bool TryRemove()
    {
        try
        {
            backups.DeleteExpired();
            return true;
        }
        catch (Exception e)
        {
            LogFailed(e);
            return false;
        }
    }

    private DateTimeOffset Next() => backups.Expiries().DefaultIfEmpty(DateTimeOffset.MaxValue).Min();

    [LoggerMessage(Level = LogLevel.Warning, Message = "What has expired could not be removed; it is tried again later")]
    private partial void LogFailed(Exception failure);
}
