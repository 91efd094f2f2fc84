using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Berth.Storage;

/// <summary>
/// Where things go that are deleted: renamed here, which is at once and survives a crash, then removed one after the other in the
/// background. What could not be removed stays and is tried again when the pool is opened next.
/// </summary>
internal sealed class Trash : IAsyncDisposable
{
    private readonly string _directory;
    private readonly Action<string, CancellationToken> _remove;
    private readonly ILogger _log;
    private readonly Channel<string> _queue = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _worker;
    private int _pending;
    private TaskCompletionSource _empty = Completed();

    /// <param name="remove">Removes one directory, however the driver does it.</param>
    public Trash(string directory, Action<string, CancellationToken> remove, ILogger log)
    {
        _directory = directory;
        _remove = remove;
        _log = log;
        foreach (var path in Directory.EnumerateFileSystemEntries(directory))
        {
            Enqueue(path);
        }

        _worker = Task.Run(WorkAsync);
    }

    /// <summary>Takes a directory away from where it is.</summary>
    public void Take(string path)
    {
        var gone = Path.Combine(_directory, $"{Path.GetFileName(path)}.{Guid.NewGuid():N}");
        try
        {
            Directory.Move(path, gone);
        }
        catch (IOException e) when (StorageErrors.IsFull(e))
        {
            // A full btrfs has room to delete, but none to rename.
            _remove(path, _stop.Token);
            return;
        }

        Enqueue(gone);
    }

    /// <summary>Ends when all that was taken so far is removed or could not be.</summary>
    public Task WhenEmptyAsync()
    {
        lock (_queue)
        {
            return _empty.Task;
        }
    }

    /// <summary>Stops; what is left is removed when the pool is opened again.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _stop.CancelAsync();
        await _worker;
        _stop.Dispose();
    }

    private void Enqueue(string path)
    {
        lock (_queue)
        {
            // After DisposeAsync it lies in the directory, which is enough.
            if (_queue.Writer.TryWrite(path) && _pending++ == 0)
            {
                _empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    private async Task WorkAsync()
    {
        await foreach (var path in _queue.Reader.ReadAllAsync())
        {
            RemoveOne(path);
            lock (_queue)
            {
                if (--_pending == 0)
                {
                    _empty.SetResult();
                }
            }
        }
    }

    private void RemoveOne(string path)
    {
        try
        {
            _stop.Token.ThrowIfCancellationRequested();
            _remove(path, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // Stopping: it stays for the next start.
        }
        catch (IOException e)
        {
            _log.NotRemoved(path, e.Message);
        }
        catch (UnauthorizedAccessException e)
        {
            _log.NotRemoved(path, e.Message);
        }
    }

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}
