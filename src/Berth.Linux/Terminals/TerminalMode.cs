using System.Runtime.InteropServices;

namespace Berth.Linux.Terminals;

/// <summary>A terminal's mode as it was; disposing brings it back, once.</summary>
public sealed class TerminalMode : IDisposable
{
    private readonly SafeHandle _fd;
    private byte[]? _saved;

    internal TerminalMode(SafeHandle fd, byte[] saved)
    {
        _fd = fd;
        _saved = saved;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _saved, null) is { } saved && !_fd.IsClosed)
        {
            Terminal.Restore(_fd, saved);
        }
    }
}
