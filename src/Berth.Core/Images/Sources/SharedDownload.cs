namespace Berth.Core.Images.Sources;

/// <summary>One who waits for a download.</summary>
internal sealed record DownloadWaiter(ImageFetch Fetch, Action<string> Progress)
{
    /// <summary>The image was taken into the store as this one wants it; the others find it there.</summary>
    public bool IsOwner { get; set; }
}

/// <summary>A download that several wait for.</summary>
internal sealed class SharedDownload
{
    private readonly Lock _changing = new();
    private readonly List<DownloadWaiter> _waiters = [];
    private readonly CancellationTokenSource _cancel = new();
    private Task<ImageRecord> _work = null!;

    public void Start(Func<CancellationToken, Task<ImageRecord>> work) => _work = Task.Run(() => work(_cancel.Token));

    /// <summary>Null: everybody has given up, the download is ending.</summary>
    public DownloadWaiter? TryJoin(ImageFetch fetch, Action<string> progress)
    {
        lock (_changing)
        {
            if (_cancel.IsCancellationRequested)
            {
                return null;
            }

            var waiter = new DownloadWaiter(fetch, progress);
            _waiters.Add(waiter);
            return waiter;
        }
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The image when it was taken in for this waiter; null when somebody else's wishes were followed.</returns>
    public async Task<ImageRecord?> WaitAsync(DownloadWaiter waiter, CancellationToken cancel)
    {
        try
        {
            var image = await _work.WaitAsync(cancel);
            return waiter.IsOwner ? image : null;
        }
        finally
        {
            await LeaveAsync(waiter);
        }
    }

    public void Report(string progress)
    {
        lock (_changing)
        {
            _waiters.ForEach(waiter => waiter.Progress(progress));
        }
    }

    /// <summary>Whose wishes count: the first that still waits.</summary>
    public ImageFetch ChooseOwner()
    {
        lock (_changing)
        {
            _cancel.Token.ThrowIfCancellationRequested();
            _waiters[0].IsOwner = true;
            return _waiters[0].Fetch;
        }
    }

    private async Task LeaveAsync(DownloadWaiter waiter)
    {
        lock (_changing)
        {
            _waiters.Remove(waiter);
            if (_waiters.Count > 0 || _work.IsCompleted)
            {
                return;
            }

            _cancel.Cancel();
        }

        // The last one sees to it that nothing is left when it says that it has ended.
        await _work.ContinueWith(_ => { }, TaskScheduler.Default);
    }
}
