using System.Security.Cryptography;
using Berth.Linux.Events;

namespace Berth.Linux.Tests.Events;

public sealed class ReactorStreamTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_megabyte_goes_through_a_pipe_unchanged()
    {
        var (read, write) = Fd.Pipe();
        await using var reader = new ReactorStream(read, FileAccess.Read);
        var writer = new ReactorStream(write, FileAccess.Write);
        var data = RandomNumberGenerator.GetBytes(1 << 20);
        var sending = Task.Run(async () =>
        {
            await writer.WriteAsync(data, Cancel);
            await writer.DisposeAsync();
        }, Cancel);
        var received = new MemoryStream();
        await reader.CopyToAsync(received, Cancel);
        await sending;
        Assert.Equal(data, received.ToArray());
    }

    [Fact]
    public async Task Read_can_be_cancelled_and_goes_on_afterwards()
    {
        var (read, write) = Fd.Pipe();
        using var ownedWrite = write;
        await using var reader = new ReactorStream(read, FileAccess.Read);
        using var cancel = new CancellationTokenSource();
        var buffer = new byte[8];
        var reading = reader.ReadAsync(buffer, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Fd.WriteAll(write, "x"u8);
        Assert.Equal(1, await reader.ReadAsync(buffer, Cancel));
    }

    [Fact]
    public async Task Dispose_ends_a_pending_read()
    {
        var (read, write) = Fd.Pipe();
        using var ownedWrite = write;
        var reader = new ReactorStream(read, FileAccess.Read);
        var reading = reader.ReadAsync(new byte[8], Cancel).AsTask();
        await reader.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading);
        Assert.True(read.IsClosed);
    }

    [Fact]
    public async Task Write_to_a_closed_pipe_is_epipe()
    {
        var (read, write) = Fd.Pipe();
        read.Dispose();
        await using var writer = new ReactorStream(write, FileAccess.Write);
        var e = await Assert.ThrowsAsync<LinuxException>(async () => await writer.WriteAsync("x"u8.ToArray(), Cancel));
        Assert.Equal(Errno.EPIPE, e.Errno);
    }
}
