namespace Berth.Linux.Interop;

/// <summary><c>struct pollfd</c>, poll(2).</summary>
internal struct PollFd
{
    public int Fd;
    public short Events;
    public short Revents;
}
