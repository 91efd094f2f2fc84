using System.Runtime.InteropServices;

namespace Berth.Cli.Terminal;

/// <summary>
/// Standard input, output or error by read(2) and write(2). A <see cref="FileStream"/> writes regular files at offsets of its own, over
/// what others wrote to the same descriptor (<c>(berth list; berth list) > file</c>). Closing the stream leaves the descriptor open.
/// </summary>
internal sealed class DescriptorStream(int descriptor, bool writes) : Stream
{
    private const int Eintr = 4;
    private const int Eio = 5;
    private const int Eagain = 11;
    private const short PollIn = 1;
    private const short PollOut = 4;

    public override bool CanRead => !writes;

    public override bool CanSeek => false;

    public override bool CanWrite => writes;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            var count = Native.Read(descriptor, buffer, (nuint)buffer.Length);
            if (count >= 0)
            {
                return (int)count;
            }

            // A terminal that hung up ends in EIO.
            if (Marshal.GetLastPInvokeError() == Eio)
            {
                return 0;
            }

            WaitOrThrow("read", PollIn);
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var count = Native.Write(descriptor, buffer, (nuint)buffer.Length);
            if (count >= 0)
            {
                buffer = buffer[(int)count..];
                continue;
            }

            WaitOrThrow("write", PollOut);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(Task.Run(() => Read(buffer.Span), cancellationToken));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // Terminals, pipes and files take what we have at once; a slow reader should slow us down.
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void WaitOrThrow(string call, short events)
    {
        switch (Marshal.GetLastPInvokeError())
        {
            case Eintr:
                return;
            case Eagain:
                // Somebody made the descriptor, which we share with other programs, non-blocking.
                var wait = new Native.PollDescriptor { Descriptor = descriptor, Events = events };
                _ = Native.Poll(ref wait, 1, -1);
                return;
            case var errno:
                throw new IOException($"{call} on descriptor {descriptor}: {Marshal.GetPInvokeErrorMessage(errno)}");
        }
    }
}
