using System.Threading.Channels;
using Berth.Guest;

namespace Berth.Machines.Console;

/// <summary>What the machine prints while a user is attached.</summary>
internal sealed class ConsoleOutput(ChannelReader<byte[]> chunks) : AsyncStream
{
    private ReadOnlyMemory<byte> _rest;

    public override bool CanRead => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_rest.IsEmpty)
        {
            if (!await chunks.WaitToReadAsync(cancellationToken))
            {
                return 0;
            }
            if (chunks.TryRead(out var chunk))
            {
                _rest = chunk;
            }
        }
        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }
}
