using Berth.Guest.Sessions;

namespace Berth.Guest.Tests;

/// <summary>Host and agent over a socket pair.</summary>
internal sealed class LinkedPair : IAsyncDisposable
{
    private readonly Stream _hostStream;
    private readonly Stream _guestStream;
    private readonly Task _running;

    private LinkedPair(Stream hostStream, Stream guestStream, GuestHandler handler, CancellationToken cancel)
    {
        _hostStream = hostStream;
        _guestStream = guestStream;
        Host = new HostLink(hostStream);
        _running = Task.WhenAll(Host.RunAsync(cancel), new AgentLink(guestStream, "test", handler).RunAsync(cancel));
    }

    public HostLink Host { get; }

    public static async Task<LinkedPair> StartAsync(GuestHandler handler, CancellationToken cancel)
    {
        var (host, guest) = await DuplexPair.CreateAsync(cancel);
        return new LinkedPair(host, guest, handler, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _hostStream.DisposeAsync();
        await _running;
        await _guestStream.DisposeAsync();
    }
}
