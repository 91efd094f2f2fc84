using System.Net.Sockets;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Machines.Sockets;

namespace Berth.Machines.Console;

/// <summary>
/// A machine's serial port. The daemon always listens, so that the log is trimmed as it grows and a guest never waits for a
/// reader; whoever is attached gets what comes in from then on.
/// </summary>
internal sealed class MachineConsole : IAsyncDisposable
{
    private readonly NetworkStream _stream;
    private readonly ConsoleLog _log;
    private readonly Task _reading;
    private volatile ConsoleAttachment? _attached;

    private MachineConsole(NetworkStream stream, ConsoleLog log)
    {
        _stream = stream;
        _log = log;
        _reading = ReadAsync();
    }

    public static async Task<MachineConsole> ConnectAsync(string socket, ConsoleLog log, CancellationToken cancel)
    {
        try
        {
            return new MachineConsole(await UnixSockets.ConnectAsync(socket, cancel), log);
        }
        catch (SocketException e)
        {
            throw BerthException.Internal($"The machine's console ({socket}) does not answer: {e.Message}.", e);
        }
    }

    /// <summary>The last one to attach has the console; the one before sees its end.</summary>
    public IConsole Attach()
    {
        var attachment = new ConsoleAttachment(_stream, one => Interlocked.CompareExchange(ref _attached, null, one));
        Interlocked.Exchange(ref _attached, attachment)?.End();
        if (_reading.IsCompleted)
        {
            attachment.End();
        }
        return attachment;
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        await _reading;
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[16384];
        var sinceTrim = 0;
        try
        {
            while (await _stream.ReadAsync(buffer) is > 0 and var count)
            {
                _attached?.Receive(buffer.AsSpan(0, count));
                sinceTrim += count;
                if (sinceTrim >= ConsoleLog.Kept)
                {
                    sinceTrim = 0;
                    _log.Trim();
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // QEMU is gone, or the daemon lets go of it.
        }
        _attached?.End();
    }
}
