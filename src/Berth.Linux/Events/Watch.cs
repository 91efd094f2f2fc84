namespace Berth.Linux.Events;

/// <summary>A descriptor in the epoll set and who waits for it. Guarded by the reactor's lock.</summary>
internal sealed class Watch(uint generation)
{
    public List<Waiter> Waiters { get; } = [];

    public PollEvents Interest => Waiters.Aggregate(PollEvents.None, (sum, waiter) => sum | waiter.Events);

    public ulong Mark(int fd) => ((ulong)generation << 32) | (uint)fd;
}
