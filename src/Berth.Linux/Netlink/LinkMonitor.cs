using System.Runtime.CompilerServices;

namespace Berth.Linux.Netlink;

/// <summary>What happens to interfaces in this network namespace, from the moment the monitor was made.</summary>
public sealed class LinkMonitor : IDisposable
{
    private const uint LinkGroup = 1;

    private readonly NetlinkSocket _socket = new(RtNetlink.Timeout, LinkGroup);

    /// <summary>The events as they come. Take a dump after making the monitor and before reading it, then nothing is missed.</summary>
    /// <exception cref="LinuxException">ENOBUFS: too many at once, some were lost: take a dump and read on.</exception>
    public async IAsyncEnumerable<LinkEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var events = new List<LinkEvent>();
        while (true)
        {
            await _socket.ReceiveEventsAsync((type, body) =>
            {
                if (type is RtNetlinkConstants.NewLink or RtNetlinkConstants.DelLink)
                {
                    events.Add(new LinkEvent(type == RtNetlinkConstants.DelLink, Link.Parse(body)));
                }
            }, cancellationToken);
            foreach (var linkEvent in events)
            {
                yield return linkEvent;
            }

            events.Clear();
        }
    }

    public void Dispose() => _socket.Dispose();
}
