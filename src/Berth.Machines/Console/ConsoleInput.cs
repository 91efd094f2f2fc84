using Berth.Guest;

namespace Berth.Machines.Console;

/// <summary>What a user types. Ending it does not end the line, which is the machine's.</summary>
internal sealed class ConsoleInput(Stream line) : AsyncStream
{
    public override bool CanWrite => true;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        line.WriteAsync(buffer, cancellationToken);
}
