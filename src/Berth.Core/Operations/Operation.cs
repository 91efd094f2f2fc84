namespace Berth.Core.Operations;

/// <summary>A background task with an id. Its view is swapped as a whole; <see cref="Completion"/> ends when it is final.</summary>
public sealed class Operation
{
    private readonly Lock _changing = new();
    private readonly Action<Operation> _changed;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _cancel = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile OperationView _view;

    internal Operation(OperationView view, TimeProvider time, Action<Operation> changed)
    {
        _view = view;
        _time = time;
        _changed = changed;
    }

    public OperationView View => _view;

    public Guid Id => _view.Id;

    /// <summary>Signalled when somebody cancels.</summary>
    public CancellationToken CancellationToken => _cancel.Token;

    /// <summary>Ends when the operation is final; never faults.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Accepts a websocket of a websocket operation; null for other classes. Arguments: secret → true when it was taken.</summary>
    public Func<string, IWebSocketOffer, Task>? Connect { get; internal set; }

    /// <summary>Sets one entry of the metadata and tells listeners.</summary>
    public void Report(string key, object value) => Change(v => v with { Metadata = v.Metadata.SetItem(key, value) });

    /// <summary>Progress as the Incus client shows it: <c>{stage}_progress</c> = "text".</summary>
    public void Progress(string stage, string text) => Report($"{stage}_progress", text);

    /// <exception cref="BerthException">It cannot be cancelled, or is over.</exception>
    public void Cancel()
    {
        Change(v => v switch
        {
            { IsFinal: true } => throw BerthException.BadRequest("The operation is over already"),
            { MayCancel: false } => throw BerthException.BadRequest($"\"{v.Description}\" cannot be cancelled"),
            _ => v with { Status = OperationStatus.Cancelling },
        });
        _cancel.Cancel();
    }

    internal async Task RunAsync(Func<Operation, CancellationToken, Task> work)
    {
        Change(v => v with { Status = OperationStatus.Running });
        try
        {
            await work(this, _cancel.Token);
            Finish(v => v with { Status = OperationStatus.Success });
        }
        catch (OperationCanceledException) when (_cancel.IsCancellationRequested)
        {
            Finish(v => v with { Status = OperationStatus.Cancelled, Error = "The operation was cancelled", ErrorKind = ErrorKind.Cancelled });
        }
        catch (BerthException e)
        {
            Finish(v => v with { Status = OperationStatus.Failure, Error = e.Message, ErrorKind = e.Kind });
        }
        catch (Exception e)
        {
            Failure = e;
            Finish(v => v with { Status = OperationStatus.Failure, Error = e.Message, ErrorKind = ErrorKind.Internal });
        }
    }

    /// <summary>The unexpected exception that ended it, for the log.</summary>
    internal Exception? Failure { get; private set; }

    private void Finish(Func<OperationView, OperationView> last)
    {
        Change(v => last(v) with { MayCancel = false });
        _completion.TrySetResult();
    }

    private void Change(Func<OperationView, OperationView> change)
    {
        lock (_changing)
        {
            _view = change(_view) with { UpdatedAt = _time.GetUtcNow() };
        }

        _changed(this);
    }
}

/// <summary>A client's websocket that waits to be taken; the transport is the daemon's.</summary>
public interface IWebSocketOffer
{
    /// <summary>Completes the handshake. The socket is the operation's until <see cref="System.Net.WebSockets.WebSocket.Dispose"/>.</summary>
    Task<System.Net.WebSockets.WebSocket> AcceptAsync(CancellationToken cancel);
}
