using System.Runtime.InteropServices;
using Berth.Linux;
using Berth.Linux.Events;
using Berth.Linux.Terminals;

namespace Berth.Containers.Running;

/// <summary>The two sides of a command's streams. Disposing closes what nobody has taken.</summary>
internal sealed class ExecStreams : IDisposable
{
    private readonly List<SafeHandle> _childSide = [];
    private Stream? _input;
    private Stream? _output;
    private Stream? _error;
    private Pty? _terminal;

    /// <summary>Descriptors 0, 1 and 2 of the child.</summary>
    public Dictionary<int, SafeHandle> ForChild { get; } = [];

    public static ExecStreams Pipes()
    {
        var streams = new ExecStreams();
        var (inRead, inWrite) = Fd.Pipe();
        streams.Give(0, inRead);
        streams._input = new ReactorStream(inWrite, FileAccess.Write);
        var (outRead, outWrite) = Fd.Pipe();
        streams.Give(1, outWrite);
        streams._output = new ReactorStream(outRead, FileAccess.Read);
        var (errRead, errWrite) = Fd.Pipe();
        streams.Give(2, errWrite);
        streams._error = new ReactorStream(errRead, FileAccess.Read);
        return streams;
    }

    /// <summary>A terminal of the container's own devpts, so that ttyname(3) works inside.</summary>
    public static ExecStreams Terminal(SafeHandle root, (int Columns, int Rows) size)
    {
        using var devpts = Fd.OpenAt2(root, "dev/pts", OpenFlags.Path | OpenFlags.Directory, 0, ResolveFlags.InRoot | ResolveFlags.NoMagicLinks);
        var terminal = Pty.OpenIn(devpts, new((ushort)size.Columns, (ushort)size.Rows));
        var streams = new ExecStreams { _terminal = terminal, _output = terminal.Master, _input = new TerminalInput(terminal.Master) };
        streams.Give(0, terminal.Slave);
        streams.Give(1, terminal.Slave);
        streams.Give(2, terminal.Slave);
        return streams;
    }

    public void CloseChildSide()
    {
        foreach (var handle in _childSide.Distinct())
        {
            handle.Dispose();
        }
    }

    public (Stream Input, Stream Output, Stream? Error) Take()
    {
        var taken = (_input!, _output!, _error);
        (_input, _output, _error) = (null, null, null);
        return taken;
    }

    public Pty? TakeTerminal()
    {
        var terminal = _terminal;
        _terminal = null;
        return terminal;
    }

    public void Dispose()
    {
        CloseChildSide();
        _input?.Dispose();
        _output?.Dispose();
        _error?.Dispose();
        _terminal?.Dispose();
    }

    private void Give(int fd, SafeHandle handle)
    {
        ForChild[fd] = handle;
        _childSide.Add(handle);
    }

    /// <summary>Writes to a terminal. Its end is a typed end-of-file, not the end of the terminal.</summary>
    private sealed class TerminalInput(Stream master) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => master.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            master.WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count) => master.Write(buffer, offset, count);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
