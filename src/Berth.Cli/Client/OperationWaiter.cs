using System.Runtime.InteropServices;
using Berth.Api;
using Berth.Cli.Output;

namespace Berth.Cli.Client;

/// <summary>
/// Follows a background operation to its end. What takes over a second shows its progress; Ctrl-C cancels the operation where the server
/// can, and a second Ctrl-C leaves it running.
/// </summary>
internal sealed class OperationWaiter(BerthClient client, ProgressLine progress)
{
    private const int QuietSeconds = 1;
    private const int PollSeconds = 30;

    /// <summary>The finished operation.</summary>
    /// <exception cref="ApiException">The operation failed.</exception>
    /// <exception cref="CliException">The operation was cancelled.</exception>
    public async Task<Operation> WaitAsync(ApiReply reply, string title, CancellationToken cancellation)
    {
        if (reply.OperationPath.Length == 0)
        {
            return new Operation { StatusCode = StatusCode.Success };
        }

        // The path may carry the project; what follows is appended to the bare path.
        var path = reply.OperationPath.Split('?')[0];
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var interrupts = 0;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            if (Interlocked.Increment(ref interrupts) == 1)
            {
                _ = CancelAsync(path, leaving);
            }
            else
            {
                leaving.Cancel();
            }
        });

        Operation operation;
        try
        {
            operation = await FollowAsync(path, title, leaving.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            progress.Clear();
            throw new CliException($"left the operation running; see: berth operation show {path.Split('/')[^1]}", ExitCodes.Interrupted);
        }

        progress.Clear();
        return operation.StatusCode switch
        {
            StatusCode.Success => operation,
            StatusCode.Cancelled => throw new CliException(
                operation.Err.Length > 0 ? operation.Err : "the operation was cancelled", interrupts > 0 ? ExitCodes.Interrupted : ExitCodes.Failure),
            _ => throw new ApiException(400, operation.Err.Length > 0 ? operation.Err : $"the operation ended as \"{operation.Status}\"", path),
        };
    }

    private async Task<Operation> FollowAsync(string path, string title, CancellationToken cancellation)
    {
        var operation = await WaitOnceAsync(path, QuietSeconds, cancellation);
        if (operation.StatusCode.IsFinal())
        {
            return operation;
        }

        using var listening = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        progress.Show(title, OperationProgress.Text(operation));
        var listener = progress.IsVisible
            ? OperationProgress.FollowAsync(client, operation.Id, text => progress.Show(title, text), listening.Token)
            : Task.CompletedTask;
        try
        {
            do
            {
                operation = await WaitOnceAsync(path, PollSeconds, cancellation);
            }
            while (!operation.StatusCode.IsFinal());
            return operation;
        }
        finally
        {
            await listening.CancelAsync();
            await listener;
        }
    }

    private Task<Operation> WaitOnceAsync(string path, int seconds, CancellationToken cancellation) =>
        client.GetAsync($"{path}/wait?timeout={seconds}", BerthJson.Default.Operation, cancellation);

    private async Task CancelAsync(string path, CancellationTokenSource leaving)
    {
        try
        {
            await client.DeleteAsync(path, leaving.Token);
        }
        catch (ApiException)
        {
            // The server names no reason worth more than this: the task has no way to stop half-way.
            progress.Note("this operation cannot be cancelled; press Ctrl-C again to leave it running");
        }
        catch (Exception e) when (e is CliException or OperationCanceledException)
        {
            // The wait itself meets the same failure and reports it.
        }
    }
}
