using System.Buffers;
using Berth.Linux.Events;

namespace Berth.Linux.Processes;

/// <summary>Collects what a command writes until it ends, even if a daemon that it left behind keeps the pipe open.</summary>
internal static class CommandOutput
{
    /// <param name="from">The pipe.</param>
    /// <param name="to">Where it goes.</param>
    /// <param name="limit">Most bytes.</param>
    /// <param name="limitIsError">Whether more is an error or dropped.</param>
    /// <param name="exited">When it completes, the pipe holds all that the command will ever write.</param>
    /// <param name="cancellationToken">Ends the collecting.</param>
    /// <exception cref="InvalidDataException">More than <paramref name="limit"/>.</exception>
    public static async Task CollectAsync(
        ReactorStream from, Stream to, long limit, bool limitIsError, Task exited, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var end = new CancellationTokenSource();
        _ = exited.ContinueWith(static (_, state) => ((CancellationTokenSource)state!).CancelAsync(), wake,
            end.Token, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            var total = 0L;
            while (await ReadAsync(from, buffer, exited, wake.Token, cancellationToken) is > 0 and var n)
            {
                if (total + n > limit && limitIsError)
                {
                    throw new InvalidDataException($"wrote more than {limit} bytes");
                }

                var keep = (int)Math.Min(n, limit - total);
                await to.WriteAsync(buffer.AsMemory(0, keep), cancellationToken);
                total += keep;
            }
        }
        finally
        {
            await end.CancelAsync();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<int> ReadAsync(
        ReactorStream from, byte[] buffer, Task exited, CancellationToken wake, CancellationToken cancellationToken)
    {
        if (!exited.IsCompleted)
        {
            try
            {
                return await from.ReadAsync(buffer, wake);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && exited.IsCompleted)
            {
                // Ended: what it wrote before is in the pipe.
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        return from.TryRead(buffer) ?? 0;
    }
}
