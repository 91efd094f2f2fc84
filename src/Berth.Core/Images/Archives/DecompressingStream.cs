using System.Text;
using Berth.Linux;
using Berth.Linux.Events;
using Berth.Linux.Processes;

namespace Berth.Core.Images.Archives;

/// <summary>
/// The output of a decompressor that reads a file. Its exit code is looked at when the output ends, so that a truncated or damaged
/// file is an error and not a short archive. Disposing ends the decompressor.
/// </summary>
internal sealed class DecompressingStream : Stream
{
    private const int MaxMessage = 2000;

    private readonly Compression _compression;
    private readonly ChildProcess _child;
    private readonly ReactorStream _output;
    private readonly ReactorStream _errors;
    private bool _ended;

    private DecompressingStream(Compression compression, ChildProcess child, ReactorStream output, ReactorStream errors)
    {
        _compression = compression;
        _child = child;
        _output = output;
        _errors = errors;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static DecompressingStream Start(string path, Compression compression)
    {
        using var file = Fd.Open(path, OpenFlags.ReadOnly);
        var (outRead, outWrite) = Fd.Pipe();
        var (errRead, errWrite) = Fd.Pipe();
        using var ownedOut = outWrite;
        using var ownedErr = errWrite;
        try
        {
            var child = Spawner.Start(new SpawnOptions
            {
                Argv = compression.Command,
                Fds = new Dictionary<int, System.Runtime.InteropServices.SafeHandle> { [0] = file, [1] = outWrite, [2] = errWrite },
            });
            return new DecompressingStream(compression, child, new ReactorStream(outRead, FileAccess.Read), new ReactorStream(errRead, FileAccess.Read));
        }
        catch (Exception e)
        {
            outRead.Dispose();
            errRead.Dispose();
            throw e is LinuxException { Errno: Errno.ENOENT } ? MissingTool(compression, e) : e;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var n = _ended ? 0 : await _output.ReadAsync(buffer, cancellationToken);
        if (n == 0 && !_ended && buffer.Length > 0)
        {
            _ended = true;
            await CheckExitAsync(cancellationToken);
        }

        return n;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("read it with ReadAsync");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _child.KillGroup();
            _output.Dispose();
            _errors.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask CheckExitAsync(CancellationToken cancel)
    {
        var status = await _child.Exited.WaitAsync(TimeSpan.FromSeconds(30), cancel);
        if (!status.Success)
        {
            var message = new byte[MaxMessage];
            var length = _errors.TryRead(message) ?? 0;
            throw new InvalidDataException(
                $"{_compression.Command[0]} cannot decompress the file ({status}): {Encoding.UTF8.GetString(message, 0, length).Trim()}");
        }
    }

    private static BerthException MissingTool(Compression compression, Exception inner) =>
        new(ErrorKind.Unsupported, $"the image is compressed with {compression.Name}, and the command {compression.Command[0]} is not installed on this host", inner);
}
