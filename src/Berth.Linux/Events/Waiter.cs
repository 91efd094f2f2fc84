using System.Runtime.InteropServices;

namespace Berth.Linux.Events;

/// <summary>One wait. Keeps the descriptor's number from being reused until it is out of the epoll set.</summary>
internal sealed class Waiter
{
    private readonly SafeHandle _handle;
    private readonly TaskCompletionSource<PollEvents> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private CancellationTokenRegistration _registration;
    private bool _referenced;
    private bool _ended;

    public Waiter(SafeHandle handle, PollEvents events)
    {
        _handle = handle;
        Events = events;
        handle.DangerousAddRef(ref _referenced);
        Fd = (int)handle.DangerousGetHandle();
    }

    public int Fd { get; }

    public PollEvents Events { get; }

    public Task<PollEvents> Task => _completion.Task;

    public void OnCancel(CancellationTokenRegistration registration)
    {
        lock (_lock)
        {
            if (!_ended)
            {
                _registration = registration;
                return;
            }
        }

        registration.Unregister();
    }

    /// <summary>Lets go of the descriptor; once, under the reactor's lock.</summary>
    public void Release()
    {
        if (_referenced)
        {
            _referenced = false;
            _handle.DangerousRelease();
        }
    }

    public void SetResult(PollEvents events)
    {
        Unregister();
        _completion.TrySetResult(events);
    }

    public void SetException(Exception exception)
    {
        Unregister();
        _completion.TrySetException(exception);
    }

    public void SetCanceled(CancellationToken token) => _completion.TrySetCanceled(token);

    private void Unregister()
    {
        lock (_lock)
        {
            _ended = true;
        }

        _registration.Unregister();
    }
}
