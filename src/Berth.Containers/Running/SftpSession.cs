using Berth.Core.Instances;
using Berth.Linux.Files;
using Berth.Sftp;

namespace Berth.Containers.Running;

/// <summary>SFTP over a container's root. It ends with the container: files that stay open would keep its root in use.</summary>
internal sealed class SftpSession(Func<RootedDirectory> open, Func<CancellationToken, Task>? ended) : ISftpSession
{
    public async Task RunAsync(Stream client, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var serving = new SftpServer(open).RunAsync(client, client, over.Token);
        var end = ended?.Invoke(over.Token);
        await Task.WhenAny(serving, end ?? serving);
        await over.CancelAsync();
        await Task.WhenAll(serving, end ?? serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (serving.IsFaulted)
        {
            await serving;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
