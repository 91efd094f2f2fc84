using Berth.Core;
using Berth.Guest.Messages;
using Berth.Guest.Sessions;

namespace Berth.Machines.Agent;

/// <summary>The beginning of a request with streams.</summary>
internal static class AgentStart
{
    /// <summary>Opens a request and waits until the guest says that it is under way; the caller disposes the channel.</summary>
    /// <param name="patience">For an agent that is not up yet. One that is up gets <see cref="AgentClient.ReplyTimeout"/> for its answer.</param>
    /// <exception cref="BerthException">It cannot be started. Timeout: the guest does not answer.</exception>
    public static async Task<GuestChannel> OpenAsync(AgentClient agent, GuestRequest request, TimeSpan patience, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(patience + AgentClient.ReplyTimeout);
        GuestChannel? channel = null;
        try
        {
            channel = await agent.OpenAsync(request, patience, deadline.Token);
            await WaitAsync(channel, deadline.Token);
            return channel;
        }
        catch (Exception e)
        {
            if (channel is not null)
            {
                await channel.DisposeAsync();
            }
            if (e is OperationCanceledException && !cancel.IsCancellationRequested)
            {
                throw AgentClient.TimedOut(AgentClient.ReplyTimeout);
            }
            throw;
        }
    }

    /// <summary>Waits, as long as it takes.</summary>
    public static async Task WaitAsync(GuestChannel channel, CancellationToken cancel)
    {
        while (await channel.Controls.WaitToReadAsync(cancel))
        {
            if (channel.Controls.TryRead(out var control) && control is StartedControl)
            {
                return;
            }
        }
        await AgentErrors.ThrowIfFailedAsync(channel.Done, cancel);
        throw BerthException.Internal("The machine's agent ended the request before it began.");
    }
}
