using System.Net.Sockets;
using Berth.Core;
using Berth.Guest.Messages;
using Berth.Guest.Sessions;

namespace Berth.Machines.Agent;

/// <summary>
/// Carries connections from <c>/dev/incus/sock</c> in a machine to the guest API of the host. The host alone can open channels, so one
/// always waits in the guest for the next connection.
/// </summary>
/// <param name="connect">Connects to the guest API in the name of this machine.</param>
internal sealed class AgentGuestApi(GuestSession session, Func<CancellationToken, Task<Stream>> connect)
{
    /// <summary>Connections at once: a guest holds no more of the host than these.</summary>
    private const int MostConnections = 32;

    /// <summary>Serves until the session ends or <paramref name="over"/> fires.</summary>
    public async Task RunAsync(CancellationToken over)
    {
        using var slots = new SemaphoreSlim(MostConnections);
        var carried = new List<Task>();
        try
        {
            while (true)
            {
                await slots.WaitAsync(over);
                var channel = await session.OpenAsync(new GuestApiRequest(), over);
                try
                {
                    await AgentStart.WaitAsync(channel, over);
                }
                catch
                {
                    await channel.DisposeAsync();
                    throw;
                }

                carried.RemoveAll(task => task.IsCompleted);
                carried.Add(CarryAsync(channel, slots, over));
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or GuestException or BerthException)
        {
            // The agent has gone, or the daemon lets go of the machine: the next session begins anew.
        }

        await Task.WhenAll(carried);
    }

    private async Task CarryAsync(GuestChannel channel, SemaphoreSlim slots, CancellationToken over)
    {
        try
        {
            await using (channel)
            {
                await using var api = await connect(over);
                await Task.WhenAll(AskAsync(channel.Input(1), api, over), TellAsync(api, channel.Output(0), over));
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or GuestException or ObjectDisposedException)
        {
            // One of the ends has gone; the other sees its connection closed.
        }

        slots.Release();
    }

    private static async Task AskAsync(Stream from, Stream api, CancellationToken over)
    {
        await from.CopyToAsync(api, over);
        (api as NetworkStream)?.Socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task TellAsync(Stream api, Stream to, CancellationToken over)
    {
        await using (to)
        {
            await api.CopyToAsync(to, over);
        }
    }
}
