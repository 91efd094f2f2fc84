using Berth.Linux.Events;

namespace Berth.Linux.Tests.Events;

public sealed class ReactorTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wait_ends_when_there_is_data()
    {
        var (read, write) = Fd.Pipe();
        using var ownedRead = read;
        using var ownedWrite = write;
        var wait = Reactor.Shared.WaitAsync(read, PollEvents.In, Cancel);
        Assert.False(wait.IsCompleted);
        Fd.WriteAll(write, "x"u8);
        Assert.Equal(PollEvents.In, await wait.WaitAsync(TimeSpan.FromSeconds(5), Cancel));
    }

    [Fact]
    public async Task Hang_up_ends_a_wait()
    {
        var (read, write) = Fd.Pipe();
        using var ownedRead = read;
        var wait = Reactor.Shared.WaitAsync(read, PollEvents.In, Cancel);
        write.Dispose();
        Assert.True((await wait.WaitAsync(TimeSpan.FromSeconds(5), Cancel)).HasFlag(PollEvents.HangUp));
    }

    [Fact]
    public async Task Cancelled_wait_leaves_the_other_waits_on_the_descriptor()
    {
        var (read, write) = Fd.Pipe();
        using var ownedRead = read;
        using var ownedWrite = write;
        using var cancel = new CancellationTokenSource();
        var first = Reactor.Shared.WaitAsync(read, PollEvents.In, cancel.Token);
        var second = Reactor.Shared.WaitAsync(read, PollEvents.In, Cancel);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Fd.WriteAll(write, "x"u8);
        await second.WaitAsync(TimeSpan.FromSeconds(5), Cancel);
    }

    [Fact]
    public async Task Regular_file_is_refused()
    {
        using var file = Fd.Open("/etc/passwd", OpenFlags.ReadOnly);
        var e = await Assert.ThrowsAsync<LinuxException>(() => Reactor.Shared.WaitAsync(file, PollEvents.In, Cancel));
        Assert.Equal(Errno.EPERM, e.Errno);
    }

    [Fact]
    public async Task Dispose_ends_the_waits()
    {
        var reactor = new Reactor();
        var (read, write) = Fd.Pipe();
        using var ownedRead = read;
        using var ownedWrite = write;
        var wait = reactor.WaitAsync(read, PollEvents.In, Cancel);
        reactor.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.WaitAsync(TimeSpan.FromSeconds(5), Cancel));
    }

    [Fact]
    public async Task Many_pipes_with_reused_numbers_lose_no_event()
    {
        await Parallel.ForAsync(0, 2000, Cancel, async (_, cancel) =>
        {
            var (read, write) = Fd.Pipe();
            using var ownedRead = read;
            using var ownedWrite = write;
            var wait = Reactor.Shared.WaitAsync(read, PollEvents.In, cancel);
            Fd.WriteAll(write, "x"u8);
            await wait.WaitAsync(TimeSpan.FromSeconds(20), cancel);
        });
    }
}
