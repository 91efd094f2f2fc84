using System.Threading.Channels;
using Berth.Core.Instances;

namespace Berth.Machines.Console;

/// <summary>One user at the console.</summary>
internal sealed class ConsoleAttachment : IConsole
{
    /// <summary>Chunks (of at most 16 KiB) that a reader may lag behind; a serial line drops what nobody takes.</summary>
    private const int MaxUnread = 64;

    private readonly Channel<byte[]> _unread = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(MaxUnread) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Action<ConsoleAttachment> _leave;

    public ConsoleAttachment(Stream line, Action<ConsoleAttachment> leave)
    {
        Input = new ConsoleInput(line);
        Output = new ConsoleOutput(_unread.Reader);
        _leave = leave;
    }

    public Stream Input { get; }

    public Stream Output { get; }

    public Task ResizeAsync(int columns, int rows, CancellationToken cancel) => Task.CompletedTask;

    public void Receive(ReadOnlySpan<byte> bytes) => _unread.Writer.TryWrite(bytes.ToArray());

    public void End() => _unread.Writer.TryComplete();

    public ValueTask DisposeAsync()
    {
        _leave(this);
        End();
        return ValueTask.CompletedTask;
    }
}
