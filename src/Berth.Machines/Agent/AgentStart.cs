using Berth.Core;
using Berth.Guest.Messages;
using Berth.Guest.Sessions;

namespace Berth.Machines.Agent;

/// <summary>The beginning of a request with streams.</summary>
internal static class AgentStart
{
    /// <summary>Waits until the guest says that it is under way.</summary>
    /// <exception cref="BerthException">It cannot be started.</exception>
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
