using System.Runtime.InteropServices;
using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Events;

/// <summary>
/// The one epoll thread: whatever the runtime has no await for (pidfd, PTY, inotify, eventfd, cgroup files, pipes) is awaited here.
/// </summary>
public sealed unsafe class Reactor : IDisposable
{
    private const int Add = 1;
    private const int Delete = 2;
    private const int Modify = 3;
    private const uint OneShot = 1u << 30;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const ulong StopMark = ulong.MaxValue;

    private readonly SafeFileHandle _epoll;
    private readonly SafeFileHandle _stop;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Watch> _watches = [];
    private uint _generation;
    private bool _stopped;

    /// <summary>Starts a reactor with a thread of its own. Product code uses <see cref="Shared"/>.</summary>
    public Reactor()
    {
        _epoll = Check.Handle(Libc.EpollCreate1(CloseOnExec), "epoll_create1");
        _stop = Check.Handle(Libc.EventFd(0, CloseOnExec | NonBlocking), "eventfd");
        Control(Add, (int)_stop.DangerousGetHandle(), (uint)PollEvents.In, StopMark);
        new Thread(Run) { IsBackground = true, Name = "reactor" }.Start();
    }

    /// <summary>The process's reactor.</summary>
    public static Reactor Shared { get; } = new();

    /// <summary>Waits until one of <paramref name="events"/>, an error or a hang-up is there (level triggered).</summary>
    /// <param name="fd">Held open until the wait ends: disposing it meanwhile takes effect only then.</param>
    /// <param name="events">What to wait for.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <returns>What is there.</returns>
    /// <exception cref="LinuxException">EPERM: a file that epoll cannot watch (a regular file, a directory).</exception>
    public Task<PollEvents> WaitAsync(SafeHandle fd, PollEvents events, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new Waiter(fd, events);
        try
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_stopped, this);
                Enter(waiter);
            }
        }
        catch
        {
            waiter.Release();
            throw;
        }

        if (cancellationToken.CanBeCanceled)
        {
            waiter.OnCancel(cancellationToken.UnsafeRegister(static (state, token) =>
            {
                var (reactor, cancelled) = ((Reactor, Waiter))state!;
                reactor.Cancel(cancelled, token);
            }, (this, waiter)));
        }

        return waiter.Task;
    }

    /// <summary>Stops the thread; whoever waits gets <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            Fd.WriteAll(_stop, BitConverter.GetBytes(1UL));
        }
    }

    private void Enter(Waiter waiter)
    {
        if (!_watches.TryGetValue(waiter.Fd, out var watch))
        {
            watch = new Watch(++_generation);
            Control(Add, waiter.Fd, (uint)waiter.Events | OneShot, watch.Mark(waiter.Fd));
            _watches.Add(waiter.Fd, watch);
        }
        else
        {
            Control(Modify, waiter.Fd, (uint)(watch.Interest | waiter.Events) | OneShot, watch.Mark(waiter.Fd));
        }

        watch.Waiters.Add(waiter);
    }

    private void Cancel(Waiter waiter, CancellationToken token)
    {
        lock (_lock)
        {
            if (_watches.TryGetValue(waiter.Fd, out var watch) && watch.Waiters.Remove(waiter))
            {
                Rearm(waiter.Fd, watch);
                waiter.Release();
            }
            else
            {
                return;
            }
        }

        waiter.SetCanceled(token);
    }

    private void Rearm(int fd, Watch watch)
    {
        try
        {
            if (watch.Waiters.Count > 0)
            {
                Control(Modify, fd, (uint)watch.Interest | OneShot, watch.Mark(fd));
            }
            else
            {
                _watches.Remove(fd);
                Control(Delete, fd, 0, 0);
            }
        }
        catch (LinuxException e)
        {
            // Somebody closed the number behind its handle's back. That is their bug; the reactor serves all the others too.
            _watches.Remove(fd);
            foreach (var waiter in watch.Waiters)
            {
                waiter.Release();
                waiter.SetException(e);
            }
        }
    }

    private void Run()
    {
        const int Batch = 64;
        var buffer = new byte[Batch * EpollEvent.Size];
        while (true)
        {
            int count;
            fixed (byte* pointer = buffer)
            {
                do
                {
                    count = Libc.EpollWait(_epoll, pointer, Batch, -1);
                }
                while (Check.Interrupted(count));
            }

            Check.Result(count, "epoll_wait");
            lock (_lock)
            {
                if (_stopped)
                {
                    break;
                }

                for (var i = 0; i < count; i++)
                {
                    Complete(EpollEvent.Read(buffer.AsSpan(i * EpollEvent.Size)));
                }
            }
        }

        End();
    }

    private void Complete((uint Events, ulong Data) ready)
    {
        var fd = (int)(uint)ready.Data;

        // The mark tells a stale event of a descriptor whose number was reused since from one of the present watch.
        if (!_watches.TryGetValue(fd, out var watch) || watch.Mark(fd) != ready.Data)
        {
            return;
        }

        var events = (PollEvents)ready.Events;
        var due = watch.Waiters.FindAll(waiter => (events & (waiter.Events | PollEvents.Error | PollEvents.HangUp)) != 0);
        watch.Waiters.RemoveAll(due.Contains);
        Rearm(fd, watch);
        foreach (var waiter in due)
        {
            waiter.Release();
            waiter.SetResult(events);
        }
    }

    private void End()
    {
        List<Waiter> left;
        lock (_lock)
        {
            left = [.. _watches.Values.SelectMany(watch => watch.Waiters)];
            _watches.Clear();
            _epoll.Dispose();
            _stop.Dispose();
        }

        foreach (var waiter in left)
        {
            waiter.Release();
            waiter.SetException(new ObjectDisposedException(nameof(Reactor)));
        }
    }

    private void Control(int operation, int fd, uint events, ulong data)
    {
        Span<byte> buffer = stackalloc byte[16];
        EpollEvent.Write(buffer, events, data);
        fixed (byte* pointer = buffer)
        {
            Check.Result(Libc.EpollCtl(_epoll, operation, fd, pointer), "epoll_ctl", ProcName(fd));
        }
    }

    private static string ProcName(int fd) => $"fd {fd}";
}
