using System.Collections.Immutable;
using Berth.Api;
using Berth.Core;
using Berth.Core.Backups;
using Berth.Core.Operations;
using Berth.Core.Storage.Volumes;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Sessions;

/// <summary>What backups of instances and of volumes have in common on the wire.</summary>
internal static class BackupTransfer
{
    private const string OctetStream = "application/octet-stream";

    /// <summary>The client wants the backup as the answer, with no file on the server.</summary>
    public static bool IsDirect(ApiRequest request) => request.Header("Accept") == OctetStream;

    /// <exception cref="BerthException">Unsupported, naming what is asked for.</exception>
    public static void RefuseUnsupported(bool optimized, BackupTarget? target)
    {
        if (optimized)
        {
            throw BerthException.Unsupported("Backups in the form of the storage driver (optimized_storage) are not supported; make it without: every server can read it then");
        }

        if (target is not null)
        {
            throw BerthException.Unsupported("Sending a backup to a bucket (target) is not supported; export it and upload the file");
        }
    }

    public static BackupRecord Record(string project, string owner, string name, DateTimeOffset expiresAt, bool only) => new()
    {
        Project = project,
        Owner = owner,
        Name = name,
        Id = Guid.NewGuid(),
        ExpiresAt = VolumeMap.Time(expiresAt),
        Only = only,
    };

    /// <summary>The name that is asked for, or a free one.</summary>
    public static string NameOf(BackupStore backups, string project, string owner, string asked)
    {
        var name = asked.Length > 0 ? asked : backups.FreeName(project, owner);
        VolumeNames.Validate(name, "backup");
        backups.RefuseTaken(project, owner, name);
        return name;
    }

    public static OperationRequest Request(string project, string description, string kind, string path, string backup) => new(project, description)
    {
        MayCancel = true,
        Resources = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add(kind, [path]).Add("backups", [$"{path}/backups/{backup}"]),
    };

    /// <summary>Counts for the operation what goes through.</summary>
    public static Stream Counted(Stream output, Core.Operations.Operation operation) => new CountingStream(
        output, bytes => operation.Progress("create_backup", Core.Resources.ByteSize.Format(bytes)));

    public static async Task SendAsync(ApiRequest request, string filename, Stream file)
    {
        await using (file)
        {
            request.Http.Response.ContentType = OctetStream;
            request.Http.Response.ContentLength = file.Length;
            request.Http.Response.Headers.ContentDisposition = $"inline;filename=\"{filename}\"";
            await file.CopyToAsync(request.Http.Response.Body, request.Aborted);
        }
    }

    /// <summary>Sends a backup while it is made. What fails after the first byte ends the connection, so that nobody takes half a backup for a whole one.</summary>
    public static async Task SendDirectAsync(ApiRequest request, Func<Stream, CancellationToken, Task> write)
    {
        request.Http.Response.ContentType = OctetStream;
        await write(request.Http.Response.Body, request.Aborted);
    }

    private sealed class CountingStream(Stream output, Action<long> report) : System.IO.Stream
    {
        private const long Step = 16 << 20;
        private long _written;
        private long _reported;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await output.WriteAsync(buffer, cancellationToken);
            _written += buffer.Length;
            if (_written - _reported >= Step)
            {
                _reported = _written;
                report(_written);
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("write to it with WriteAsync");

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
