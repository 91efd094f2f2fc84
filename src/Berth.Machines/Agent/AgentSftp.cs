using Berth.Core.Instances;
using Berth.Guest.Messages;
using Berth.Guest.Sessions;

namespace Berth.Machines.Agent;

/// <summary>SFTP that the machine's agent serves; its bytes are passed on as they are.</summary>
internal sealed class AgentSftp(GuestChannel channel) : ISftpSession
{
    public static async Task<ISftpSession> OpenAsync(AgentClient agent, TimeSpan patience, CancellationToken cancel) =>
        new AgentSftp(await AgentStart.OpenAsync(agent, new SftpRequest(), patience, cancel));

    public async Task RunAsync(Stream client, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var asked = AskAsync(client, over.Token);
        var answered = channel.Input(1).CopyToAsync(client, over.Token);

        // The agent answers what was asked before the client's end, then ends too; the other way round nobody answers any more.
        if (await Task.WhenAny(asked, answered) == asked && asked.IsCompletedSuccessfully)
        {
            await Task.WhenAny(answered, AgentErrors.ThrowIfFailedAsync(channel.Done, over.Token));
        }

        await over.CancelAsync();
        await Task.WhenAll(asked, answered).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public ValueTask DisposeAsync() => channel.DisposeAsync();

    private async Task AskAsync(Stream client, CancellationToken cancel)
    {
        await client.CopyToAsync(channel.Output(0), cancel);
        await channel.Output(0).DisposeAsync();
    }
}
