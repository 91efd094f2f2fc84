namespace Berth.Storage;

/// <summary>
/// Runs one fill per key: whoever asks while it runs waits for the same one. It is cancelled when the last of those who wait has
/// cancelled, and forgotten when it ends, so that a failure can be tried again.
/// </summary>
internal sealed class SharedFills
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Fill> _running = new(StringComparer.Ordinal);

    public async Task RunAsync(string key, Func<CancellationToken, Task> work, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        Fill? fill;
        lock (_lock)
        {
            if (_running.TryGetValue(key, out fill) && !fill.Abandoned)
            {
                fill.Waiters++;
            }
            else
            {
                var previous = fill?.Work;
                fill = new Fill { Waiters = 1 };
                _running[key] = fill;
                fill.Work = RunOneAsync(key, fill, previous, work);
            }
        }

        try
        {
            await fill.Work.WaitAsync(cancel);
        }
        finally
        {
            Leave(fill);
        }
    }

    /// <summary>Ends when no fill runs, whether they succeed or not.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
        {
            return Task.WhenAll(_running.Values.Select(fill => fill.Work.ContinueWith(_ => { }, TaskScheduler.Default)));
        }
    }

    private async Task RunOneAsync(string key, Fill fill, Task? previous, Func<CancellationToken, Task> work)
    {
        // Off the lock that the caller holds; and a cancelled fill clears up before the next one starts.
        await Task.Yield();
        try
        {
            if (previous is not null)
            {
                await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await work(fill.Stop.Token);
        }
        finally
        {
            lock (_lock)
            {
                if (_running.TryGetValue(key, out var current) && current == fill)
                {
                    _running.Remove(key);
                }
            }
        }
    }

    private void Leave(Fill fill)
    {
        bool last;
        lock (_lock)
        {
            // From here on nobody joins it.
            last = fill.Abandoned = --fill.Waiters == 0;
        }

        if (last)
        {
            fill.Stop.Cancel();
        }
    }

    private sealed class Fill
    {
        public CancellationTokenSource Stop { get; } = new();

        public Task Work { get; set; } = Task.CompletedTask;

        public int Waiters { get; set; }

        public bool Abandoned { get; set; }
    }
}
