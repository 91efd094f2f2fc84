using Berth.Guest;
using Berth.Guest.Messages;
using Berth.Guest.Sessions;

namespace Berth.Machines.Agent;

/// <summary>Stream 1 of a request, which is given up with the stream.</summary>
internal sealed class ChannelStream(GuestChannel channel) : AsyncStream
{
    public override bool CanRead => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await channel.Input(1).ReadAsync(buffer, cancellationToken);
        }
        catch (GuestException e)
        {
            throw AgentErrors.ToBerth(e);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _ = channel.DisposeAsync().AsTask();
        }
        base.Dispose(disposing);
    }
}
