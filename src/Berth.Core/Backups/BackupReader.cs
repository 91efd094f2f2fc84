using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Berth.Core.Images;
using Berth.Core.Images.Archives;
using Berth.Linux.Processes;
using Compression = Berth.Core.Images.Archives.Compression;

namespace Berth.Core.Backups;

/// <summary>Reads a backup as it arrives: the index first, then one part after the other, with no file in between.</summary>
internal sealed class BackupReader : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly Task _decompressing;
    private readonly Stream _plain;
    private readonly TarReader _tar;

    private BackupReader(CancellationTokenSource stop, Task decompressing, Stream plain)
    {
        _stop = stop;
        _decompressing = decompressing;
        _plain = plain;
        _tar = new TarReader(plain);
    }

    public BackupIndex Index { get; private set; } = null!;

    /// <summary>The entry that comes next; null at the end of the archive.</summary>
    public TarEntry? Next { get; private set; }

    /// <exception cref="BerthException">BadRequest: no backup.</exception>
    public static async Task<BackupReader> OpenAsync(Stream source, CancellationToken cancel)
    {
        var start = new byte[Compression.MagicLength];
        var length = await source.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancel);
        var whole = new PrependedStream(start.AsMemory(0, length), source);
        var compression = Compression.Detect(start.AsSpan(0, length));
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Stream plain = whole;
        var decompressing = Task.CompletedTask;
        if (compression == Compression.Gzip)
        {
            plain = new GZipStream(whole, CompressionMode.Decompress);
        }
        else if (compression.Command.Count > 0)
        {
            var pipe = new Pipe();
            plain = pipe.Reader.AsStream();
            decompressing = DecompressAsync(compression, whole, pipe.Writer, stop.Token);
        }

        var reader = new BackupReader(stop, decompressing, plain);
        try
        {
            await reader.ReadIndexAsync(cancel);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    /// <summary>Unpacks the files below <paramref name="prefix"/> that come next.</summary>
    /// <param name="size">What the volume may hold; null: no limit.</param>
    public Task UnpackAsync(string prefix, string directory, bool isSystem, uint idShift, long? size, CancellationToken cancel) => Guarded(async () =>
    {
        var limits = TreeLimits.ForBackup(directory, size);
        var guard = new ArchiveGuard(limits, prefix, skipDevices: isSystem, what: "backup");
        if (Next is null || !guard.IsBelow(Next))
        {
            throw BerthException.BadRequest($"The backup has no {prefix} where it should be");
        }

        Next = await TreeUnpacker.UnpackPartAsync(_tar, Next, guard, directory, idShift, cancel);
    });

    /// <summary>Writes the disk that comes next to a file, without its holes.</summary>
    public Task ExtractDiskAsync(string name, string path, CancellationToken cancel) => Guarded(async () =>
    {
        var entry = Next is { Kind: TarEntryKind.File } file && Clean(file.Path) == name
            ? file
            : throw BerthException.BadRequest($"The backup has no {name} where it should be");
        var room = DiskRoom.Free(Path.GetDirectoryName(path)!);
        if (entry.Segments.Sum(s => s.Length) > room && room < entry.Size)
        {
            throw new BerthException(ErrorKind.NoSpace, $"The disk in the backup has {DiskRoom.Show(entry.Size)}; {DiskRoom.Show(room)} are free");
        }

        var buffer = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            using var target = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write);
            await WriteSparselyAsync(entry, target, buffer, cancel);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        Next = await _tar.NextAsync(cancel);
    });

    /// <summary>Goes past the entries that come next and are not wanted.</summary>
    public Task SkipAsync(Func<string, bool> unwanted, CancellationToken cancel) => Guarded(async () =>
    {
        while (Next is { } entry && unwanted(Clean(entry.Path)))
        {
            Next = await _tar.NextAsync(cancel);
        }
    });

    /// <summary>The path of the next entry without what does not matter; null at the end.</summary>
    public string? NextPath => Next is { } entry ? Clean(entry.Path) : null;

    /// <summary>Reads to the end: nothing else may be in the archive, and all of it must have arrived whole.</summary>
    public Task EndAsync(CancellationToken cancel) => Guarded(async () =>
    {
        if (NextPath is { } path)
        {
            throw BerthException.BadRequest($"The backup has an entry \"{(path.Length <= 200 ? path : path[..200] + "…")}\" that does not belong in it");
        }

        // What follows the end mark is padding; a damaged stream is noticed when its end is read.
        var rest = new byte[1 << 16];
        while (await _plain.ReadAsync(rest, cancel) > 0)
        {
        }

        await _decompressing;
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _tar.Dispose();
        await _plain.DisposeAsync();
        await _decompressing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task ReadIndexAsync(CancellationToken cancel) => await Guarded(async () =>
    {
        Next = await _tar.NextAsync(cancel);
        await SkipAsync(path => path == "backup", cancel);
        if (NextPath != BackupIndex.Path || Next!.Size > YamlSize)
        {
            throw BerthException.BadRequest($"This is no backup of an instance or volume: it does not begin with {BackupIndex.Path}");
        }

        var yaml = new byte[Next.Size];
        for (var done = 0; done < yaml.Length;)
        {
            done += await _tar.ReadDataAsync(yaml.AsMemory(done), cancel);
        }

        Index = BackupIndex.Parse(yaml);
        Next = await _tar.NextAsync(cancel);
    });

    private const long YamlSize = 1 << 20;

    private async Task WriteSparselyAsync(TarEntry entry, Microsoft.Win32.SafeHandles.SafeFileHandle target, byte[] buffer, CancellationToken cancel)
    {
        foreach (var (offset, length) in entry.Segments)
        {
            for (long done = 0; done < length;)
            {
                var n = await _tar.ReadDataAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - done)), cancel);
                if (buffer.AsSpan(0, n).ContainsAnyExcept((byte)0))
                {
                    RandomAccess.Write(target, buffer.AsSpan(0, n), offset + done);
                }

                done += n;
            }
        }

        RandomAccess.SetLength(target, entry.Size);
    }

    private static async Task DecompressAsync(Compression compression, Stream source, PipeWriter pipe, CancellationToken cancel)
    {
        try
        {
            await Tool.RunAsync(
                compression.Command, new CommandOptions { Stdin = source, StdoutTo = pipe.AsStream(leaveOpen: true), Timeout = BackupWriter.Timeout }, cancel);
            await pipe.CompleteAsync();
        }
        catch (Exception e)
        {
            await pipe.CompleteAsync(e is BerthException { Kind: ErrorKind.Internal }
                ? new InvalidDataException($"{compression.Command[0]} cannot decompress it: {e.Message}", e)
                : e);
        }
    }

    private static async Task Guarded(Func<Task> read)
    {
        try
        {
            await read();
        }
        catch (InvalidDataException e)
        {
            throw new BerthException(ErrorKind.BadRequest, $"The backup cannot be read: {e.Message}", e);
        }
    }

    private static string Clean(string path) => string.Join('/', path.Split('/').Where(part => part.Length > 0 && part != "."));
}
